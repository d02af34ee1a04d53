#include "postgres/connect_failure.hpp"

#include <catch2/catch_test_macros.hpp>

using pge::connect_failure;
using pge::ExitCode;
using pge::Next;

namespace {

const std::string attempt = "connection to server at \"db\" (10.0.0.2), port 5432 failed: ";

}  // namespace

TEST_CASE("a fault of TLS is told from a server that is not there") {
  struct Case {
    const char* reason;
    bool fault;
    bool local;
  };
  for (const auto& [reason, fault, local] : std::initializer_list<Case>{
           {"root certificate file \"/ca.crt\" does not exist\nEither provide the file, …", true, true},
           {"private key file \"/k\" has group or world access; …", true, true},
           {"could not open certificate file \"/root/.postgresql/postgresql.crt\": Permission denied", true, true},
           {"SSL error: certificate verify failed", true, false},
           {"SSL error: unregistered scheme", true, false},
           {"server certificate for \"a\" does not match host name \"b\"", true, false},
           {"server certificate for \"a\" (and 2 other names) does not match host name \"b\"", true, false},
           {"server does not support SSL, but SSL was required", true, false},
           {"SSL error: tlsv13 alert certificate required", true, false},
           {"SSL error: tlsv1 alert internal error", false, false},
           {"SSL error: unexpected eof while reading", false, false},
           {"SSL SYSCALL error: EOF detected", false, false},
           {"Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?", false, false},
           {"FATAL:  password authentication failed for user \"SSL error: certificate verify failed\"", false, false},
       }) {
    INFO(reason);
    const pge::Error error = connect_failure(attempt + reason, {});
    CHECK(error.code == (fault ? ExitCode::configuration : ExitCode::unavailable));
    CHECK(error.next == (local ? Next::leave() : fault ? Next::transient() : Next::reconnect()));
    CHECK((!fault || !error.hint.empty()));
  }
}

TEST_CASE("of several attempts the last one counts") {
  const std::string untrusted = attempt + "SSL error: certificate verify failed\n";
  const std::string refused = attempt + "Connection refused\n";
  CHECK(connect_failure(refused + untrusted, {}).is_transient());
  CHECK(connect_failure(untrusted + refused, {}).may_reconnect());
  CHECK(connect_failure("could not translate host name \"db\" to address", {}).may_reconnect());
}

TEST_CASE("the hint names what was trusted and how to see the certificate") {
  const std::string message = attempt + "SSL error: certificate verify failed";
  const auto hint = [&](std::map<std::string, std::string> parameters) {
    pge::ConnectionSettings settings;
    settings.parameters = std::move(parameters);
    return connect_failure(message, settings).hint;
  };
  CHECK(hint({{"host", "db"}, {"port", "5433"}, {"sslrootcert", "/ca.crt"}}).contains("/ca.crt"));
  CHECK(hint({{"host", "db"}, {"port", "5433"}}).ends_with("-connect db:5433"));
  CHECK(hint({{"host", "db"}}).ends_with("-connect db:5432"));
  CHECK(hint({{"host", "db1,db2"}}).ends_with("-connect HOST:PORT"));
  CHECK(hint({{"host", "/var/run/postgresql"}}).ends_with("-connect HOST:PORT"));
}

TEST_CASE("what libpq does not even try, and what no attempt can give, is final") {
  for (const std::string& message :
       {std::string("invalid port number: \"x\"\n"), std::string("definition of service \"s\" not found"),
        std::string("weak sslmode \"prefer\" may not be used with sslrootcert=system"),
        attempt + "GSSAPI is not available in this program\n"}) {
    INFO(message);
    const pge::Error error = connect_failure(message, {});
    CHECK(error.code == ExitCode::configuration);
    CHECK(error.next == Next::leave());
    CHECK_FALSE(error.hint.empty());
  }
  CHECK(connect_failure(attempt + "invalid response", {}).may_reconnect());
}

TEST_CASE("a server's answer is told from libpq's own words, in any language") {
  CHECK(pge::server_answered(attempt + "FATAL:  the database system is starting up"));
  CHECK(pge::server_answered(attempt + "FATALE:  il sistema di database si sta avviando"));
  CHECK_FALSE(pge::server_answered(attempt + "Connection refused"));
  CHECK_FALSE(pge::server_answered("invalid port number:  \"x\""));
}

TEST_CASE("who asks for localhost in vain is told what it is in a container") {
  const auto hint = [](const std::string& host) {
    pge::ConnectionSettings settings;
    settings.parameters["host"] = host;
    return connect_failure(attempt + "Connection refused\n\tIs the server running?", settings).hint;
  };
  CHECK(hint("localhost").contains("localhost is the container itself"));
  CHECK(hint("127.0.0.1").contains("localhost is the container itself"));
  CHECK_FALSE(hint("db").contains("localhost"));
}
