#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/key_values.hpp"
#include "postgres/connection_settings.hpp"
#include "postgres/foreign_values.hpp"

namespace {

using Parameters = std::map<std::string, std::string>;

struct Row {
  std::string from;
  std::string written;
  std::string becomes;
};

/// The table of docs/urls.md: "| from | `written` | `becomes` |".
std::vector<Row> documented() {
  std::ifstream file(PGE_TEST_DATA "/../../docs/urls.md");
  std::vector<Row> rows;
  for (std::string line; std::getline(file, line);) {
    const std::size_t written = line.find(" | `");
    const std::size_t becomes = line.find("` | `");
    if (!line.starts_with("| ") || written == std::string::npos || becomes == std::string::npos) continue;
    rows.push_back({.from = line.substr(2, written - 2),
                    .written = line.substr(written + 4, becomes - written - 4),
                    .becomes = line.substr(becomes + 5, line.rfind("` |") - becomes - 5)});
  }
  return rows;
}

Parameters expected(const std::string& becomes) {
  const auto pairs = pge::parse_conninfo(becomes);
  REQUIRE(pairs.has_value());
  return {pairs->begin(), pairs->end()};
}

Parameters actual(const pge::ConnectionSettings& settings) {
  Parameters all = settings.parameters;
  if (!settings.search_path.empty()) all["search_path"] = settings.search_path;
  for (const std::string& name : settings.dropped) {
    std::string& list = all["dropped"];
    list += (list.empty() ? "" : ",") + name;
  }
  return all;
}

auto parse(const std::string& text) {
  return pge::parse_connection_settings(text, "DATABASE_URL");
}

/// How much is checked of the certificate: nothing, the CA, the host's name too.
int strictness(const std::string& mode) {
  return mode == "verify-full" ? 2 : mode == "verify-ca" ? 1 : 0;
}

}  // namespace

TEST_CASE("every spelling in docs/urls.md becomes what it says there") {
  const std::vector<Row> rows = documented();
  std::set<std::string> ecosystems;
  for (const Row& row : rows) {
    INFO(row.written);
    ecosystems.insert(row.from);
    const auto settings = parse(row.written);
    const Parameters wanted = expected(row.becomes);
    if (const auto refused = wanted.find("refused"); refused != wanted.end()) {
      REQUIRE_FALSE(settings.has_value());
      const pge::Error& error = settings.error();
      CHECK(error.code == pge::ExitCode::configuration);
      CHECK((error.message + " " + error.hint).contains(refused->second));
      CHECK_FALSE(error.message.contains("secret"));
      continue;
    }
    INFO((settings ? "" : settings.error().message));
    REQUIRE(settings.has_value());
    CHECK(actual(*settings) == wanted);
    const bool has_password = wanted.contains("password");
    CHECK(settings->secrets.empty() != has_password);
  }
  CHECK(rows.size() >= 50);
  CHECK(ecosystems.size() >= 15);
}

TEST_CASE("no spelling makes the check of a certificate weaker than an explicit mode says") {
  for (const std::string scheme :
       {"postgresql://h/d", "jdbc:postgresql://h/d", "ecto://h/d", "r2dbc:postgresql://h/d"}) {
    for (const std::string mode : {"disable", "prefer", "require", "verify-ca", "verify-full"}) {
      for (const std::string other :
           {"ssl=true", "ssl=false", "ssl", "sslaccept=strict", "sslaccept=accept_invalid_certs", "tlsmode=require",
            "sslfactory=org.postgresql.ssl.NonValidatingFactory", "sslfactory=org.postgresql.ssl.LibPQFactory"}) {
        for (const std::string& query : {"?sslmode=" + mode + "&" + other, "?" + other + "&sslmode=" + mode}) {
          INFO(scheme + query);
          const auto settings = parse(scheme + query);
          REQUIRE(settings.has_value());
          const std::string& result = settings->parameters.at("sslmode");
          CHECK(strictness(result) >= strictness(mode));
          if (mode != "disable") CHECK(result != "disable");
        }
      }
    }
  }
  // A boolean alone, as every driver that has it means it.
  for (const std::string yes : {"ssl=true", "ssl=1", "ssl=True", "ssl=on", "ssl"}) {
    CHECK(parse("postgres://h/d?" + yes)->parameters.at("sslmode") == "verify-full");
    CHECK(parse("postgres://h/d?" + yes)->certificate_is_checked_for_true);
  }
  CHECK_FALSE(parse("postgres://h/d?sslmode=verify-full")->certificate_is_checked_for_true);
}

TEST_CASE("values with quotes, semicolons and escapes come through") {
  const auto password = [](const std::string& text) { return parse(text)->parameters.at("password"); };
  CHECK(password("Host=h;Password=\"a;\"\"b\"") == "a;\"b");
  CHECK(password("Host=h;Password='it''s'") == "it's");
  CHECK(password("Host=h; Password = a=b ;") == "a=b");
  CHECK(password("host=h password='a;b\\'c'") == "a;b'c");
  CHECK(password("host=h password='a b' TimeZone=UTC") == "a b");
  CHECK(password("jdbc:postgresql://h/d?password=a%26b%25") == "a&b%");
  CHECK(password("host=h password=a://b") == "a://b");
  CHECK(parse("host=h TimeZone='a b'")->parameters.at("options") == "-c TimeZone=a\\ b");
  CHECK(parse("postgres://h/d?options=-c%20a%3D1&TimeZone=UTC")->parameters.at("options") == "-c a=1 -c TimeZone=UTC");
  CHECK(pge::percent_decoded(pge::percent_encoded("a b&c=%40/é")) == "a b&c=%40/é");
}

TEST_CASE("a malformed text is refused without a piece of the password") {
  for (const char* text :
       {"Host=h;Password=my;sekret", "Host=h;Password=my;sekret=1", "Host=h;Password='my;sekret", "Host=h;Bogus=sekret",
        "host=h password=my sekret=1", "host=h password=my sekret", "pgsql:host=h;password=my;sekret",
        "Host=h;Password='my' sekret;Port=1", "postgres://h/d?password=my%sekret", "postgres://bob:my${sekret}@h/d",
        "postgres://bob:my${sekret}/d", "DATABASE_URL=postgres://bob:sekret@h/d", "Host=h;SSL Mode=sekret"}) {
    INFO(text);
    const auto settings = parse(text);
    REQUIRE_FALSE(settings.has_value());
    CHECK(settings.error().code == pge::ExitCode::configuration);
    CHECK_FALSE(settings.error().message.contains("sekret"));
    CHECK_FALSE(settings.error().hint.contains("sekret"));
    CHECK_FALSE(settings.error().hint.empty());
  }
}

TEST_CASE("what nobody has replaced is told as that") {
  const auto message = [](const std::string& text) { return parse(text).error().message; };
  CHECK(message("postgres://bob:x@${DB_HOST}/app").contains("${DB_HOST}"));
  CHECK(message("postgres://bob:x@$(DB_HOST):5432/app").contains("$(DB_HOST)"));
  CHECK(message("postgres://bob:x@h/${DB_NAME:-app}").contains("${DB_NAME:-app}"));
  CHECK(message("postgres://bob:${PASSWORD}@h/app").contains("placeholder"));
  CHECK(message("Host=${DB_HOST};Username=bob").contains("placeholder"));
  CHECK(message("DATABASE_URL=postgres://bob:x@h/app").contains("env file"));
  CHECK(parse("postgres://bob:a$b{c}$(@h/app")->parameters.at("password") == "a$b{c}$(");
  CHECK(parse("host=h user=bob password=a://b")->parameters.at("host") == "h");
}
