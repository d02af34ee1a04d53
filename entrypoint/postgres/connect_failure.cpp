#include "postgres/connect_failure.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "postgres/result_error.hpp"
#include "postgres/tls_hint.hpp"

namespace pge {
namespace {

std::string parameter_hint(const ConnectionSettings&) {
  return "correct this parameter of the URL, or the PG* variable";
}

std::string gssapi_hint(const ConnectionSettings&) {
  return "make the server ask for a password or a client certificate (pg_hba.conf: scram-sha-256 or cert)";
}

/// Where in libpq's message a rule looks.
enum class Place : std::uint8_t {
  beginning,    ///< libpq could not even try
  anywhere,     ///< whichever attempt says so
  last_reason,  ///< the beginning of what the last attempt says: a TLS failure is where libpq stops trying addresses
};

/// What libpq says, in English always, and what it means.
struct FailureRule {
  Place place;
  std::string_view text;
  Next next;
  std::string (*hint)(const ConnectionSettings&);
  std::string_view also = {};    ///< must be in the text too
  std::string_view unless = {};  ///< must not be in the text
};

/// The first that fits counts. A handshake that broke off (the server went away) is no fault of TLS.
constexpr auto failure_rules = std::to_array<FailureRule>({
    // Files of ours: another attempt finds them as they are.
    {Place::last_reason, "root certificate file ", Next::leave(), tls_file_hint},
    {Place::last_reason, "could not get home directory to locate root certificate file", Next::leave(), tls_file_hint},
    {Place::last_reason, "could not read root certificate file ", Next::leave(), tls_file_hint},
    {Place::last_reason, "could not load system root certificate paths", Next::leave(), tls_file_hint},
    {Place::last_reason, "could not open certificate file ", Next::leave(), tls_file_hint},
    {Place::last_reason, "could not read certificate file ", Next::leave(), tls_file_hint},
    {Place::last_reason, "certificate present, but not private key file ", Next::leave(), tls_file_hint},
    {Place::last_reason, "certificate does not match private key file ", Next::leave(), tls_file_hint},
    {Place::last_reason, "could not stat private key file ", Next::leave(), tls_file_hint},
    {Place::last_reason, "could not load private key file ", Next::leave(), tls_file_hint},
    {Place::last_reason, "private key file ", Next::leave(), tls_file_hint},
    // The server's side. OpenSSL without any CA says "unregistered scheme".
    {Place::last_reason, "SSL error: certificate verify failed", Next::transient(), tls_trust_hint},
    {Place::last_reason, "SSL error: unregistered scheme", Next::transient(), tls_trust_hint},
    {Place::last_reason, "server certificate for ", Next::transient(), tls_name_hint},
    {Place::last_reason, "server does not support SSL, but SSL was required", Next::transient(), tls_off_hint},
    {Place::last_reason, "SSL error: ", Next::transient(), tls_alert_hint, " alert ", "alert internal error"},
    // The stubs for GSSAPI say so (absent/gssapi.c): the server insists on Kerberos.
    {Place::anywhere, "GSSAPI is not available in this program", Next::leave(), gssapi_hint},
    // A port that is no number, a mode that does not exist, a service that is not defined.
    {Place::beginning, "invalid ", Next::leave(), parameter_hint},
    {Place::beginning, "could not match ", Next::leave(), parameter_hint},
    {Place::beginning, "definition of service ", Next::leave(), parameter_hint},
    {Place::beginning, "service file ", Next::leave(), parameter_hint},
    {Place::beginning, "syntax error in service file", Next::leave(), parameter_hint},
    {Place::beginning, "weak sslmode ", Next::leave(), parameter_hint},
    {Place::beginning, "gssencmode value ", Next::leave(), parameter_hint},
    {Place::beginning, "GSSAPI encryption required", Next::leave(), parameter_hint},
    {Place::beginning, "lookup on LDAP server failed", Next::leave(), parameter_hint},
});

std::string_view last_reason(std::string_view message) {
  constexpr std::string_view failed = " failed: ";
  const std::size_t attempt = message.rfind("connection to server ");
  if (attempt == std::string_view::npos) return {};
  const std::size_t reason = message.find(failed, attempt);
  return reason == std::string_view::npos ? std::string_view() : message.substr(reason + failed.size());
}

bool fits(const FailureRule& rule, std::string_view message) {
  const std::string_view text = rule.place == Place::last_reason ? last_reason(message) : message;
  const bool found = rule.place == Place::anywhere ? text.contains(rule.text) : text.starts_with(rule.text);
  return found && text.contains(rule.also) && (rule.unless.empty() || !text.contains(rule.unless));
}

}  // namespace

Error connect_failure(std::string_view message, const ConnectionSettings& settings) {
  const auto* rule = std::ranges::find_if(failure_rules, [&](const FailureRule& r) { return fits(r, message); });
  Error error{.code = ExitCode::unavailable, .message = one_line_message(message), .next = Next::reconnect()};
  if (rule == failure_rules.end()) return error;
  error.code = ExitCode::configuration;
  error.hint = rule->hint(settings);
  error.next = rule->next;
  return error;
}

bool server_answered(std::string_view message) noexcept {
  const std::size_t failed = message.find("failed: ");
  return failed != std::string_view::npos && message.find(":  ", failed) != std::string_view::npos;
}

}  // namespace pge
