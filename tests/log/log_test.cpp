#include "log/log.hpp"

#include <unistd.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <string>

using pge::Error;
using pge::ExitCode;
using pge::Field;

namespace {

/// What `act` writes to stderr; less than a pipe holds.
std::string stderr_of(const std::function<void()>& act) {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const int kept = dup(STDERR_FILENO);
  dup2(ends[1], STDERR_FILENO);
  act();
  dup2(kept, STDERR_FILENO);
  close(kept);
  close(ends[1]);
  std::string text;
  std::array<char, 4096> piece{};
  for (ssize_t size = 0; (size = read(ends[0], piece.data(), piece.size())) > 0;) {
    text.append(piece.data(), static_cast<std::size_t>(size));
  }
  close(ends[0]);
  return text;
}

pge::ReportingSettings settings_with(pge::ErrorDetail detail, pge::LogFormat format = pge::LogFormat::text) {
  pge::ReportingSettings settings;
  settings.error_detail = detail;
  settings.format = format;
  return settings;
}

std::string event_of(const Field& field, pge::LogFormat format = pge::LogFormat::text) {
  return stderr_of([&] { pge::Log(settings_with(pge::ErrorDetail::safe, format)).info("m", {field}); });
}

std::string report_of(const Error& error, pge::ErrorDetail detail) {
  return stderr_of([&] { pge::Log(settings_with(detail)).report(error); });
}

/// A password in a shape that the mask for ordinary text does not know.
constexpr const char* with_secret = "select format('alter role r password %L', 'hunter22')";

}  // namespace

TEST_CASE("a field of SQL goes through the mask for SQL, whatever its key") {
  for (const auto format : {pge::LogFormat::text, pge::LogFormat::json}) {
    for (const char* key : {"ddl", "statement", "anything"}) {
      const std::string line = event_of(Field::sql(key, with_secret), format);
      CHECK(line.contains("select format('alter role r password %L***"));
      CHECK_FALSE(line.contains("hunter22"));
      // The twin: the type decides, and not the key.
      CHECK(event_of({key, with_secret}, format).contains("hunter22"));
    }
  }
}

TEST_CASE("SQL is masked before it is cut") {
  pge::Log log(settings_with(pge::ErrorDetail::safe));
  const std::string sql = "select dblink('postgresql://u:hunter22@h/d')";
  CHECK(log.shown(Field::sql("k", sql, 32)) == "select dblink('postgresql://u:**…");
  log.redactor().add("a secret that was told");
  CHECK(log.shown(Field::sql("k", "select 'a secret that was told'", 18)) == "select '***'");
  CHECK(log.shown(Field("n", 7)) == "7");
}

TEST_CASE("an error's statement is SQL") {
  const Error error{
      .code = ExitCode::migration_failed, .message = "m", .server = pge::ServerError{.statement = with_secret}};
  for (const auto detail : {pge::ErrorDetail::safe, pge::ErrorDetail::full}) {
    const std::string line = report_of(error, detail);
    CHECK(line.contains("statement=\"select format("));
    CHECK_FALSE(line.contains("hunter22"));
  }
}

TEST_CASE("an error shows data only when asked to") {
  const Error error{.code = ExitCode::migration_failed,
                    .message = "invalid input syntax for type integer: \"my secret\"",
                    .where = {.file = "a.sql", .line = 1, .column = 2},
                    .server = pge::ServerError{.sqlstate = "22P02",
                                               .detail = "Key (token)=(abc) already exists.",
                                               .context = "COPY t, line 1: \"abc\"",
                                               .statement = std::string(150, 'x') + std::string(100, 'y')}};
  const std::string safe = report_of(error, pge::ErrorDetail::safe);
  CHECK_FALSE(safe.contains("secret"));
  CHECK_FALSE(safe.contains("abc"));
  CHECK(safe.contains("at=a.sql:1:2"));
  CHECK(safe.contains("sqlstate=22P02"));
  CHECK(safe.contains("exit=76"));
  CHECK(safe.contains(" statement=" + std::string(150, 'x') + std::string(50, 'y') + "… "));
  const std::string full = report_of(error, pge::ErrorDetail::full);
  CHECK(full.contains("my secret"));
  CHECK(full.contains("Key (token)=(abc)"));
  CHECK(full.contains(std::string(100, 'y')));
}
