#include "postgres/hosts.hpp"

#include <catch2/catch_test_macros.hpp>

#include "postgres/connect_failure.hpp"

using pge::Hosts;

namespace {

using Address = std::map<std::string, std::string>;

std::string tcp(const std::string& host, const std::string& port, const std::string& reason) {
  return "connection to server at " + host + ", port " + port + " failed: " + reason + "\n";
}

const std::string nobody = "Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?";
const std::string missing = "FATAL:  database \"app\" does not exist";

}  // namespace

TEST_CASE("the hosts behind one that refuses are those that libpq has not asked") {
  struct Case {
    Hosts all;
    Address refused;
    std::optional<Hosts> behind;
  };
  for (const auto& [all, refused, behind] : std::initializer_list<Case>{
           {{"db", "", "5432"}, {{"host", "db"}, {"port", "5432"}}, {}},
           {{"", "", "5432"}, {{"host", "/run/postgresql"}, {"port", "5432"}}, {}},
           {{"a,b", "", "5432"}, {{"host", "a"}, {"port", "5432"}}, Hosts{"b", "", "5432"}},
           {{"a,b", "", "5432"}, {{"host", "b"}, {"port", "5432"}}, {}},
           {{"a,b,c", "", "1,2,3"}, {{"host", "a"}, {"port", "1"}}, Hosts{"b,c", "", "2,3"}},
           {{"a,b,c", "", ",,6432"}, {{"host", "a"}, {"port", "5432"}}, Hosts{"b,c", "", ",6432"}},
           {{"a,a,a", "", "1,2,3"}, {{"host", "a"}, {"port", "2"}}, Hosts{"a", "", "3"}},
           {{"a,b,a", "", "5432"}, {{"host", "a"}, {"port", "5432"}}, {}},
           {{"/run,db", "", "5432"}, {{"host", "/run"}, {"port", "5432"}}, Hosts{"db", "", "5432"}},
           // Addresses: alone, with one name for all, and with names of their own.
           {{"", "10.0.0.1,10.0.0.2", "5432"},
            {{"host", "10.0.0.1"}, {"hostaddr", "10.0.0.1"}, {"port", "5432"}},
            Hosts{"", "10.0.0.2", "5432"}},
           {{"db,db", "10.0.0.1,10.0.0.2", "5432"},
            {{"host", "db"}, {"hostaddr", "10.0.0.1"}, {"port", "5432"}},
            Hosts{"db", "10.0.0.2", "5432"}},
           {{"a,b", "10.0.0.1,", "5432"}, {{"host", "b"}, {"hostaddr", "10.0.0.9"}, {"port", "5432"}}, {}},
           {{"a,b", "", "6432,"}, {{"host", "a"}, {"port", "6432"}}, Hosts{"b", "", "5432"}},
           {{"a,b", "10.0.0.1,", "5432"}, {{"host", "a"}, {"hostaddr", "10.0.0.1"}, {"port", "5432"}}, {}},
           // What is behind it is libpq's default, and cannot be asked for.
           {{"a,", "", "5432"}, {{"host", "a"}, {"port", "5432"}}, {}},
           {{"a,b", "", "5432"}, {{"host", "somebody else"}, {"port", "5432"}}, {}},
       }) {
    INFO(all.host << " " << all.hostaddr << " " << all.port);
    CHECK(pge::hosts_behind(all, refused) == behind);
  }
}

TEST_CASE("several addresses of one name are one server, and a name that is not known is another one") {
  const std::string not_known = "could not translate host name \"a\" to address: Name or service not known\n";
  struct Case {
    std::string message;
    bool another;
    std::string addresses = {};
  };
  for (const auto& [message, another, addresses] : std::initializer_list<Case>{
           {tcp("\"b\" (10.0.0.2)", "5432", missing), false},
           {tcp("\"10.0.0.1\"", "5432", nobody) + tcp("\"10.0.0.2\"", "5432", missing), true},
           {tcp("\"a\" (10.0.0.1)", "5432", nobody) + tcp("\"b\" (10.0.0.2)", "5432", missing), true},
           {tcp("\"a\" (10.0.0.1)", "5432", "timeout expired") + tcp("\"b\" (10.0.0.2)", "5432", missing), true},
           {tcp("\"a\" (10.0.0.1)", "5432", "FATAL:  the database system is starting up") +
                tcp("\"b\" (10.0.0.2)", "5432", missing),
            true},
           {tcp("\"a\" (10.0.0.1)", "1", nobody) + tcp("\"a\" (10.0.0.1)", "2", missing), true},
           {"connection to server on socket \"/run/.s.PGSQL.5432\" failed: No such file or directory\n" +
                tcp("\"b\" (10.0.0.2)", "5432", missing),
            true},
           {not_known + tcp("\"b\" (10.0.0.2)", "5432", missing), true},
           {tcp("\"b\" (10.0.0.2)", "5432", nobody) + not_known + tcp("\"c\" (10.0.0.3)", "5432", missing), true},
           // One name with several addresses, and one server with and without TLS.
           {tcp("\"localhost\" (::1)", "5432", nobody) + tcp("\"localhost\" (127.0.0.1)", "5432", missing), false},
           {tcp("\"db\" (10.0.0.1)", "5432", nobody) + tcp("\"db\" (10.0.0.2)", "5432", missing), false},
           {tcp("\"db\" (fd00::1)", "5432", missing) + tcp("\"db\" (fd00::1)", "5432", missing), false},
           {tcp("\"10.0.0.1\"", "5432", missing) + tcp("\"10.0.0.1\"", "5432", missing), false},
           // With a list of addresses each is a server of its own, whatever its name is.
           {tcp("\"db\" (10.0.0.1)", "5432", nobody) + tcp("\"db\" (10.0.0.2)", "5432", missing), true,
            "10.0.0.1,10.0.0.2"},
           {not_known, false},
           {"", false},
       }) {
    INFO(message);
    CHECK(pge::tells_of_another_host(message, {.host = {}, .hostaddr = addresses, .port = "5432"}) == another);
  }
}

TEST_CASE("a refusal is waited for as long as another host has not answered, and says so") {
  const pge::Error refusal = pge::server_refusal(
      {.message = "database \"app\" does not exist", .server = pge::ServerError{.sqlstate = "3D000"}}, {});
  CHECK(refusal.is_transient());
  const pge::Error error = pge::refused_by_one(refusal);
  CHECK(error.code == pge::ExitCode::unavailable);
  CHECK(error.may_reconnect());
  CHECK(error.is_sqlstate("3D000"));
  CHECK(error.message.contains("another one has not answered"));
  CHECK(error.message.ends_with(refusal.message));
  CHECK(error.hint.contains("other host"));
  CHECK(error.hint.ends_with(refusal.hint));
}
