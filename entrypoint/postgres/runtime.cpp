#include "postgres/runtime.hpp"

#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <iterator>

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

/// True if the variable is set and not empty. Compose files pass unset variables on as empty ones, and OpenSSL would
/// take that for a path.
bool is_given(const char* variable) noexcept {
  const char* value = std::getenv(variable);
  if (value != nullptr && *value == '\0') unsetenv(variable);
  return value != nullptr && *value != '\0';
}

/// A container engine creates a directory for a bind mount whose source does not exist, so a directory does not count.
bool is_bundle(const char* path) noexcept {
  struct stat info{};
  return stat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0 && access(path, R_OK) == 0;
}

}  // namespace

void settle_names() {
  __nss_configure_lookup("hosts", "files dns");
  for (const char* database : {"passwd", "group", "initgroups", "services"}) __nss_configure_lookup(database, "files");
}

void settle_openssl() {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  const bool file = is_given("SSL_CERT_FILE"), directory = is_given("SSL_CERT_DIR");
  if (file || directory) return;
  const auto* const bundle = std::ranges::find_if(ca_bundles, is_bundle);
  if (bundle != std::end(ca_bundles)) setenv("SSL_CERT_FILE", *bundle, 1);
}

}  // namespace pge
