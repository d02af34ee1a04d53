#include "postgres/tls_fault.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <format>
#include <fstream>

namespace pge {
namespace {

/// What libpq says, in English always, of files that it cannot use.
constexpr auto local_faults = std::to_array<std::string_view>({
    "root certificate file ",
    "could not get home directory to locate root certificate file",
    "could not read root certificate file ",
    "could not load system root certificate paths",
    "could not open certificate file ",
    "could not read certificate file ",
    "certificate present, but not private key file ",
    "certificate does not match private key file ",
    "could not stat private key file ",
    "could not load private key file ",
    "private key file ",
});

std::string_view value_of(const ConnectionSettings& settings, const std::string& name, const char* variable) {
  if (const auto found = settings.parameters.find(name); found != settings.parameters.end()) return found->second;
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

/// The words of the last attempt: a TLS failure is where libpq stops trying addresses.
std::string_view last_reason(std::string_view message) {
  constexpr std::string_view failed = " failed: ";
  const std::size_t attempt = message.rfind("connection to server ");
  if (attempt == std::string_view::npos) return {};
  const std::size_t reason = message.find(failed, attempt);
  return reason == std::string_view::npos ? std::string_view() : message.substr(reason + failed.size());
}

/// A command that shows the certificate of the server that was asked.
std::string look_at_certificate(const ConnectionSettings& settings) {
  const std::string_view host = value_of(settings, "host", "PGHOST");
  const std::string_view port = value_of(settings, "port", "PGPORT");
  const bool one = !host.empty() && host.find_first_of(",/@:") == std::string_view::npos && !port.contains(',');
  return std::format("openssl s_client -starttls postgres -connect {}:{}", one ? host : "HOST",
                     one ? (port.empty() ? "5432" : port) : "PORT");
}

std::string trust_hint(const ConnectionSettings& settings) {
  std::string_view trusted = value_of(settings, "sslrootcert", "PGSSLROOTCERT");
  if (trusted == "system") {
    const char* file = std::getenv("SSL_CERT_FILE");
    const char* directory = std::getenv("SSL_CERT_DIR");
    if (file == nullptr && directory == nullptr) {
      return "sslrootcert=system, but this image has no CA bundle: install ca-certificates; or copy the CA's "
             "certificate into the image and name it by SSL_CERT_FILE or by sslrootcert=/its/path in the URL";
    }
    if (file != nullptr && !std::ifstream(file)) {
      return std::format("SSL_CERT_FILE={} cannot be read: {}", file, std::strerror(errno));
    }
    trusted = file != nullptr ? file : directory;
  } else if (trusted.empty()) {
    trusted = "~/.postgresql/root.crt";
  }
  return std::format("the server's certificate is not from a CA in {}, or is not valid at this time; see it by: {}",
                     trusted, look_at_certificate(settings));
}

}  // namespace

std::optional<TlsFault> find_tls_fault(std::string_view message, const ConnectionSettings& settings) {
  const std::string_view reason = last_reason(message);
  const auto is = [&](std::string_view beginning) { return reason.starts_with(beginning); };
  if (std::ranges::any_of(local_faults, is)) {
    return TlsFault{.local = true,
                    .hint =
                        "copy or mount the file there, readable for the user that this container starts as (a "
                        "private key with mode 0600, or 0640 if root owns it), or correct the URL"};
  }
  // OpenSSL without any CA says "unregistered scheme".
  if (is("SSL error: certificate verify failed") || is("SSL error: unregistered scheme")) {
    return TlsFault{.hint = trust_hint(settings)};
  }
  if (is("server certificate for ")) {
    return TlsFault{.hint = std::format("the host in the URL must be a name in the certificate (hostaddr=ADDRESS may "
                                        "say where that is); see it by: {}",
                                        look_at_certificate(settings))};
  }
  if (is("server does not support SSL, but SSL was required")) {
    return TlsFault{.hint =
                        "switch ssl on in the server's postgresql.conf, or see whether this is the right server; "
                        "only sslmode=prefer, allow and disable do without"};
  }
  if (is("SSL error: ") && reason.contains(" alert ") && !reason.contains("alert internal error")) {
    return TlsFault{.hint =
                        "the server did not accept our certificate or our TLS version: look at sslcert, sslkey and "
                        "ssl_min_protocol_version in the URL, and at the server's log"};
  }
  return std::nullopt;
}

}  // namespace pge
