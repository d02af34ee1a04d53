#include "postgres/tls_hint.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <format>
#include <fstream>

namespace pge {
namespace {

std::string_view value_of(const ConnectionSettings& settings, const std::string& name, const char* variable) {
  if (const auto found = settings.parameters.find(name); found != settings.parameters.end()) return found->second;
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

/// A command that shows the certificate of the server that was asked.
std::string look_at_certificate(const ConnectionSettings& settings) {
  const std::string_view host = value_of(settings, "host", "PGHOST");
  const std::string_view port = value_of(settings, "port", "PGPORT");
  const bool one = !host.empty() && host.find_first_of(",/@:") == std::string_view::npos && !port.contains(',');
  return std::format("openssl s_client -starttls postgres -connect {}:{}", one ? host : "HOST",
                     one ? (port.empty() ? "5432" : port) : "PORT");
}

}  // namespace

std::string tls_file_hint(const ConnectionSettings&) {
  return "copy or mount the file there, readable by the user that this container starts as (a private key with "
         "mode 0600, or 0640 if root owns it), or correct the URL";
}

std::string tls_trust_hint(const ConnectionSettings& settings) {
  std::string_view trusted = value_of(settings, "sslrootcert", "PGSSLROOTCERT");
  if (trusted == "system") {
    const char* file = std::getenv("SSL_CERT_FILE");
    const char* directory = std::getenv("SSL_CERT_DIR");
    if (file == nullptr && directory == nullptr) {
      return "sslrootcert=system, but this image has no CA bundle: install ca-certificates; or copy the CA's "
             "certificate into the image and name it in SSL_CERT_FILE or with sslrootcert=/its/path in the URL";
    }
    if (file != nullptr && !std::ifstream(file)) {
      return std::format("SSL_CERT_FILE={} cannot be read: {}", file, std::strerror(errno));
    }
    trusted = file != nullptr ? file : directory;
  } else if (trusted.empty()) {
    trusted = "~/.postgresql/root.crt";
  }
  const char* asked = settings.certificate_is_checked_for_true
                          ? "; ssl=true asks for a checked certificate, as in the drivers that have it: "
                            "sslmode=require only encrypts"
                          : "";
  return std::format("the server's certificate is not signed by a CA in {}, or is not valid now; show it with: {}{}",
                     trusted, look_at_certificate(settings), asked);
}

std::string tls_name_hint(const ConnectionSettings& settings) {
  return std::format(
      "the host in the URL must be a name in the certificate (hostaddr=ADDRESS can give its address); show it "
      "with: {}",
      look_at_certificate(settings));
}

std::string tls_off_hint(const ConnectionSettings&) {
  return "set ssl = on in the server's postgresql.conf, or check whether this is the right server; only "
         "sslmode=prefer, allow and disable work without TLS";
}

std::string tls_alert_hint(const ConnectionSettings&) {
  return "the server did not accept the client certificate or the TLS version: check sslcert, sslkey and "
         "ssl_min_protocol_version in the URL, and the server's log";
}

}  // namespace pge
