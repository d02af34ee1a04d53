/*
 * The slowest step of a login by SCRAM: 4096 rounds of HMAC-SHA-256 (RFC 5802, the function Hi, which is PBKDF2).
 * libpq's own function prepares the key anew in each round. OpenSSL's gives the same bytes in a quarter of the time,
 * and that is a sixth of what a start with nothing pending takes.
 *
 * The linker sends libpq's calls here (--wrap in cmake/Dependencies.cmake). What is not SHA-256, and what OpenSSL
 * refuses, goes on to libpq's function.
 */
#include <openssl/evp.h>
#include <stdint.h>
#include <string.h>

enum { libpq_sha256 = 3 }; /* pg_cryptohash_type in common/cryptohash.h */

/* NOLINTBEGIN(readability-identifier-naming): the names are the linker's. */
int __real_scram_SaltedPassword(const char* password, int hash, int key_length, const char* salt, int salt_length,
                                int rounds, uint8_t* result, const char** error);
int __wrap_scram_SaltedPassword(const char* password, int hash, int key_length, const char* salt, int salt_length,
                                int rounds, uint8_t* result, const char** error);

int __wrap_scram_SaltedPassword(const char* password, int hash, int key_length, const char* salt, int salt_length,
                                int rounds, uint8_t* result, const char** error) {
  if (hash == libpq_sha256 && PKCS5_PBKDF2_HMAC(password, (int)strlen(password), (const unsigned char*)salt,
                                                salt_length, rounds, EVP_sha256(), key_length, result) == 1) {
    return 0;
  }
  return __real_scram_SaltedPassword(password, hash, key_length, salt, salt_length, rounds, result, error);
}
/* NOLINTEND(readability-identifier-naming) */
