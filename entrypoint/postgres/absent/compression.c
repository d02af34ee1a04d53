/*
 * OpenSSL brings zlib and zstd along for the compression of TLS records, which libpq switches off, and of certificates,
 * which no PostgreSQL server sends. Together they are 780 kB of the static binary. These functions stand in front of
 * libcrypto.a's and answer as OpenSSL itself does where it was built without an algorithm (its c_brotli.c in Debian):
 * the method is missing, so OpenSSL does not offer it to the server.
 */
#include <openssl/bio.h>
#include <openssl/comp.h>

COMP_METHOD* COMP_zlib(void) {
  return NULL;
}
COMP_METHOD* COMP_zlib_oneshot(void) {
  return NULL;
}
COMP_METHOD* COMP_zstd(void) {
  return NULL;
}
COMP_METHOD* COMP_zstd_oneshot(void) {
  return NULL;
}
const BIO_METHOD* BIO_f_zlib(void) {
  return NULL;
}
const BIO_METHOD* BIO_f_zstd(void) {
  return NULL;
}

/* Internal to libcrypto, called when it ends. */
void ossl_comp_zlib_cleanup(void);
void ossl_comp_zlib_cleanup(void) {}
void ossl_comp_zstd_cleanup(void);
void ossl_comp_zstd_cleanup(void) {}
