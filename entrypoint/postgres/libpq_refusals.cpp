#include <array>
#include <cstdlib>

#include "postgres/refusal_rule.hpp"
#include "postgres/tls_hint.hpp"

namespace pge {
namespace {

using enum Place;
using enum Outcome;
using std::string_view_literals::operator""sv;

constexpr std::string_view parameter_hint = "correct this parameter of the URL, or the PG* variable";
constexpr std::string_view service_hint = "correct the service file (PGSERVICEFILE), or the service's name";
constexpr std::string_view user_hint =
    "the container's user has no name: give the database role's name in the URL (postgresql://ROLE@…) or in PGUSER";
constexpr std::string_view method_hint =
    "make the server ask for a password or a client certificate (pg_hba.conf: scram-sha-256 or cert)";
constexpr std::string_view demand_hint =
    "the URL, PGCHANNELBINDING or PGREQUIREAUTH asks for more than this server's login gives: use TLS and "
    "scram-sha-256 there, or take the demand back";
constexpr std::string_view password_hint =
    "the server asks for a password, and there is none: write one into the URL (user:password@host), or set "
    "PGPASSWORD, or name a passfile that has a line for this host, port, database and user";
constexpr std::string_view stranger_hint =
    "what answers there is not a PostgreSQL server that speaks this protocol: check host and port, and what is between";
constexpr std::string_view impostor_hint =
    "the server does not know this role's password itself: is it the right server, and nothing in between?";
constexpr std::string_view target_hint =
    "no server of the list is of the kind that target_session_attrs asks for: correct it, or the list of hosts; "
    "--wait-timeout waits longer for a failover";
constexpr std::string_view address_hint =
    "check the host's name, and that this container is in the database's network; --wait-timeout waits longer";
constexpr std::string_view silence_hint =
    "something swallows the connection, often a firewall or a network policy: check host and port; --connect-timeout "
    "gives each host more time";
constexpr std::string_view closed_hint =
    "a proxy, or a server that is starting up or crashing, closes the connection: see its log; --wait-timeout waits "
    "longer";
constexpr std::string_view socket_hint =
    "no server listens on this socket: in another container it is reached by its host name; --wait-timeout waits "
    "longer";

/// Inside a container, localhost is a frequent mistake.
std::string nobody_listens_hint(const ConnectionSettings& settings) {
  const auto given = settings.parameters.find("host");
  const char* variable = std::getenv("PGHOST");
  const std::string host = given != settings.parameters.end() ? given->second : variable == nullptr ? "" : variable;
  if (host == "localhost" || host == "127.0.0.1" || host == "::1") {
    return "in a container, localhost is the container itself: name the database's own container, service or host; "
           "otherwise check that the server is running there; --wait-timeout waits longer";
  }
  return "check the address, and that the server is running; --wait-timeout waits longer";
}

/// A handshake that broke off (the server went away) is no fault of TLS.
constexpr auto libpq_rules = std::to_array<RefusalRule>({
    // Files of ours.
    {last_reason, "root certificate file ", at_once, tls_file_hint},
    {last_reason, "could not get home directory to locate root certificate file", at_once, tls_file_hint},
    {last_reason, "could not read root certificate file ", at_once, tls_file_hint},
    {last_reason, "could not open certificate file ", at_once, tls_file_hint},
    {last_reason, "could not read certificate file ", at_once, tls_file_hint},
    {last_reason, "certificate present, but not private key file ", at_once, tls_file_hint},
    {last_reason, "could not stat private key file ", at_once, tls_file_hint},
    {last_reason, "could not load private key file ", at_once, tls_file_hint},
    {last_reason, "private key file ", at_once, tls_file_hint},
    // Our parameters: a port that is no number, a mode that does not exist, a service that is not defined.
    {beginning, "invalid ", at_once, parameter_hint},
    {beginning, "could not match ", at_once, parameter_hint},
    {beginning, "could not parse network address ", at_once, parameter_hint},
    {beginning, "weak sslmode ", at_once, parameter_hint},
    {beginning, "require_auth method ", at_once, parameter_hint},
    {beginning, "negative require_auth method ", at_once, parameter_hint},
    {anywhere, "GSSAPI encryption required but ", at_once, parameter_hint},
    {beginning, "Unix-domain socket path ", at_once, parameter_hint},
    {last_reason, "host name must be specified", at_once, parameter_hint},
    {beginning, "definition of service ", at_once, service_hint},
    {beginning, "service file ", at_once, service_hint},
    {beginning, "syntax error in service file", at_once, service_hint},
    {beginning, "nested service specifications ", at_once, service_hint},
    {beginning, "line ", at_once, service_hint, " too long in service file"},
    {beginning, "lookup on LDAP server failed", at_once, service_hint},
    {beginning, "local user with ID ", at_once, user_hint},
    // TLS, on the server's side. OpenSSL without any CA says "unregistered scheme".
    {last_reason, "SSL error: certificate verify failed", after_grace, tls_trust_hint},
    {last_reason, "SSL error: unregistered scheme", after_grace, tls_trust_hint},
    {last_reason, "server certificate for ", after_grace, tls_name_hint},
    {last_reason, "server does not support SSL, but SSL was required", after_grace, tls_off_hint},
    {last_reason, "SSL error: ", after_grace, tls_alert_hint, " alert ", "alert internal error"},
    // The login.
    {last_reason, "fe_sendauth: no password supplied", refused, password_hint},
    {last_reason, "channel binding required", after_grace, demand_hint},
    {last_reason, "channel binding is required", after_grace, demand_hint},
    {last_reason, "authentication method requirement ", after_grace, demand_hint},
    // The stubs for GSSAPI say so (absent/gssapi.c): the server insists on Kerberos.
    {anywhere, "GSSAPI is not available in this program", at_once, method_hint},
    {last_reason, "authentication method ", after_grace, method_hint},
    {last_reason, "Kerberos ", after_grace, method_hint},
    {last_reason, "none of the server's SASL authentication mechanisms are supported", after_grace, method_hint},
    {last_reason, "incorrect server signature", after_grace, impostor_hint},
    {last_reason, "invalid SCRAM response", after_grace, impostor_hint},
    {last_reason, "malformed SCRAM message", after_grace, impostor_hint},
    {last_reason, "requirepeer specifies ", after_grace,
     "another user than requirepeer says runs this server: is it the right socket?"sv},
    {last_reason, "Permission denied", after_grace,
     "the user that this container starts as may not use the socket: see the mode of its directory"sv},
    // Something else listens there.
    {last_reason, "received invalid response to SSL negotiation", after_grace, stranger_hint},
    {last_reason, "expected authentication request from server, but received ", after_grace, stranger_hint},
    {last_reason, "SSL error: wrong version number", after_grace, stranger_hint},
    // It passes, or an operator ends it: the hint is for the end of the wait.
    {last_reason, "session is read-only", waited, target_hint},
    {last_reason, "session is not read-only", waited, target_hint},
    {last_reason, "server is in hot standby mode", waited, target_hint},
    {last_reason, "server is not in hot standby mode", waited, target_hint},
    {last_reason, "Connection refused", waited, nobody_listens_hint},
    {last_reason, "No such file or directory", waited, socket_hint},
    {beginning, "could not translate host name ", waited, address_hint},
    {last_reason, "timeout expired", waited, silence_hint},
    {last_reason, "server closed the connection unexpectedly", waited, closed_hint},
    {last_reason, "SSL SYSCALL error: ", waited, closed_hint},
    {last_reason, "server sent an error response during SSL exchange", waited,
     "the server could not start a process for this connection: see its log"sv},
});

}  // namespace

std::span<const RefusalRule> libpq_refusals() noexcept {
  return libpq_rules;
}

}  // namespace pge
