#include "log/line.hpp"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

using pge::Level;

TEST_CASE("text lines quote what would be misread") {
  CHECK(pge::text_line("applied", {{"version", "7"}, {"ms", 12}}) == "applied version=7 ms=12");
  CHECK(pge::text_line("x", {{"reason", "two words"}}) == "x reason=\"two words\"");
  CHECK(pge::text_line("x", {{"reason", "say \"hi\"\\"}}) == R"(x reason="say \"hi\"\\")");
  CHECK(pge::text_line("x", {{"empty", ""}}) == "x empty=\"\"");
  CHECK(pge::text_line("x", {{"took", std::chrono::seconds(2)}}) == "x took=2000");
}

TEST_CASE("no value can forge a second line") {
  CHECK(pge::text_line("a\nb", {{"k", "c\nd\x1b[31m"}}) == "a b k=\"c\\nd\\x1b[31m\"");
  const std::string json = pge::json_line({}, Level::info, "a\nb", {{"k", "c\nd"}});
  CHECK_FALSE(json.contains('\n'));
}

TEST_CASE("JSON lines are objects with time, level and message, whatever the bytes") {
  const auto time = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'767'225'600'123));
  const auto object = nlohmann::json::parse(pge::json_line(time, Level::warning, "m", {{"n", 5}, {"s", "\xff"}}));
  CHECK(object["time"] == "2026-01-01T00:00:00.123Z");
  CHECK(object["level"] == "warning");
  CHECK(object["message"] == "m");
  CHECK(object["n"] == 5);
}

TEST_CASE("before a text line stand time and level, the level in bold for a terminal") {
  const auto time = std::chrono::system_clock::time_point(std::chrono::milliseconds(1'767'225'600'123));
  CHECK(pge::line_head(time, Level::info, false) == "2026-01-01T00:00:00.123Z info    ");
  CHECK(pge::line_head(time, Level::warning, true) == "2026-01-01T00:00:00.123Z \x1b[1mwarning\x1b[0m ");
}

TEST_CASE("a text is cut between characters") {
  CHECK(pge::capped(std::string(199, 'x') + "äöü", 200) == std::string(199, 'x') + "…");
  CHECK(pge::capped("äöü", 6) == "äöü");
  CHECK(pge::capped("äöü", 1) == "…");
}

TEST_CASE("SQL that nobody has masked is not shown") {
  const std::vector<pge::Field> fields{pge::Field::sql("ddl", "select 1"), {"n", 1}};
  CHECK(pge::text_line("m", fields) == "m ddl=*** n=1");
  CHECK(nlohmann::json::parse(pge::json_line({}, Level::info, "m", fields))["ddl"] == "***");
}

TEST_CASE("texts are shortened by halves, the longest first, and never within a character") {
  std::string message(100, 'm');
  std::vector<pge::Field> fields{{"a", std::string(90, 'a')}, {"n", 7}, {"b", "ü" + std::string(300, 'b')}};
  REQUIRE(pge::shorten(message, fields));
  CHECK(std::get<std::string>(fields[2].value) == "ü" + std::string(149, 'b') + "…");
  REQUIRE(pge::shorten(message, fields));
  REQUIRE(pge::shorten(message, fields));
  CHECK(message == std::string(50, 'm') + "…");
  while (pge::shorten(message, fields)) continue;
  CHECK(std::get<std::string>(fields[0].value) == std::string(45, 'a') + "…");
  std::string umlauts = "ää" + std::string(77, 'x');
  std::vector<pge::Field> none;
  for (std::size_t size = umlauts.size(); pge::shorten(umlauts, none); size = umlauts.size()) CHECK(size > 64);
}

TEST_CASE("a value in quotes is masked, a host and the name of a setting are not") {
  const struct {
    std::string message;
    std::string shown;
  } table[] = {
      {R"(invalid input syntax for type integer: "secret")", R"(invalid input syntax for type integer: "***")"},
      {R"(connection to server at "db" (10.0.0.1), port 5432 failed: FATAL: invalid value for parameter "x": "secret")",
       R"(connection to server at "db" (10.0.0.1), port 5432 failed: FATAL: invalid value for parameter "x": "***")"},
      {R"(connection to server on socket "/tmp/.s" failed: "secret")",
       R"(connection to server on socket "/tmp/.s" failed: "***")"},
      {R"(invalid input: "a" parameter "secret" b")", R"(invalid input: "***" parameter "***" b"***)"},
  };
  for (const auto& [message, shown] : table) {
    const pge::Error error{.message = message, .server = pge::ServerError{.sqlstate = "22023"}};
    CHECK(pge::error_message(error, false) == shown);
    CHECK(pge::error_message(error, true) == message);
  }
}
