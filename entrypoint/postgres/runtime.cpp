#include "postgres/runtime.hpp"

#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <cstdlib>
#include <initializer_list>

// glibc's, exported for its own tests and nscd; declared in no public header.
extern "C" int __nss_configure_lookup(const char* database, const char* service_line);  // NOLINT

namespace pge {
namespace {

constexpr const char* ca_bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Alpine, Gentoo, distroless
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, RHEL 6
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // RHEL 7 and later
    "/etc/ssl/ca-bundle.pem",                             // openSUSE
    "/etc/ssl/cert.pem",                                  // Alpine, BSD
};

}  // namespace

void settle_runtime() {
  __nss_configure_lookup("hosts", "files dns");
  for (const char* database : {"passwd", "group", "initgroups", "services"}) __nss_configure_lookup(database, "files");

  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  if (std::getenv("SSL_CERT_FILE") != nullptr || std::getenv("SSL_CERT_DIR") != nullptr) return;
  for (const char* bundle : ca_bundles) {
    if (access(bundle, R_OK) == 0) {
      setenv("SSL_CERT_FILE", bundle, 0);
      return;
    }
  }
}

}  // namespace pge
