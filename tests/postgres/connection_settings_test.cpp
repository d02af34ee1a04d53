#include "postgres/connection_settings.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>

using pge::ExitCode;

namespace {

using Parameters = std::map<std::string, std::string>;

auto parse(const std::string& url) {
  return pge::parse_connection_settings(url, "DATABASE_URL");
}

}  // namespace

TEST_CASE("every spelling of a URL that applications have is understood") {
  const Parameters expected{
      {"host", "db"}, {"port", "5433"}, {"user", "bob"}, {"password", "s3cret"}, {"dbname", "app"}};
  for (const char* scheme :
       {"postgresql", "postgres", "postgresql+asyncpg", "postgresql+psycopg", "postgresql+psycopg2",
        "postgresql+pg8000", "postgres+asyncpg", "psql", "pgsql", "postgis", "jdbc:postgresql"}) {
    INFO(scheme);
    const auto settings = parse(std::string(scheme) + "://bob:s3cret@db:5433/app");
    REQUIRE(settings.has_value());
    CHECK(settings->parameters == expected);
    CHECK(std::ranges::contains(settings->secrets, "s3cret"));
  }
  CHECK(parse("host=db port=5433 user=bob password=s3cret dbname=app")->parameters == expected);
  CHECK(parse("postgresql://bob:s%40%2F%3A%25@db/app")->parameters.at("password") == "s@/:%");
  CHECK(parse("postgresql://[::1]:5432/app")->parameters.at("host") == "::1");
  CHECK(parse("postgresql://h1:1,h2:2/app?target_session_attrs=primary")->parameters.at("host") == "h1,h2");
  CHECK(parse("postgresql:///app?host=/var/run/postgresql")->parameters.at("host") == "/var/run/postgresql");
  CHECK(parse("postgresql://h/d?user=me@tenant")->parameters.at("user") == "me@tenant");
  CHECK(parse("")->parameters.empty());
}

TEST_CASE("parameters that libpq does not know are mapped, dropped or refused by name") {
  CHECK(parse("postgresql+asyncpg://h/d?ssl=require")->parameters.at("sslmode") == "require");
  CHECK(parse("postgresql+asyncpg://h/d?ssl=verify-full")->parameters.at("sslmode") == "verify-full");
  CHECK(parse("postgresql://h/d?sslmode=no-verify")->parameters.at("sslmode") == "require");
  CHECK(parse("postgresql://h/d?timeout=7")->parameters.at("connect_timeout") == "7");
  CHECK(parse("postgresql://h/d?schema=app")->search_path == "app");
  CHECK(parse("postgresql://h/d?connect_timeout=3")->parameters.at("connect_timeout") == "3");
  const auto dropped = parse("postgresql://h/d?pool_size=5&connection_limit=3&prepared_statement_cache_size=0");
  REQUIRE(dropped.has_value());
  CHECK(dropped->dropped == std::vector<std::string>{"pool_size", "connection_limit", "prepared_statement_cache_size"});
  CHECK(dropped->parameters == Parameters{{"host", "h"}, {"dbname", "d"}});
  const auto unknown = parse("postgresql://h/d?sslrotcert=x");
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().code == ExitCode::configuration);
  CHECK(unknown.error().message.contains("sslrotcert"));
}

TEST_CASE("an IPv6 address without brackets is told from what it could be mistaken for") {
  for (const char* url :
       {"postgresql://bob:pw@::1:5432/app", "postgresql://bob:pw@::1/app", "postgresql://::1/app",
        "postgresql://fd00::5:5432/app", "postgresql+asyncpg://bob:pw@2001:db8:0:0:0:0:0:1:5432/app?ssl=true",
        "postgresql://bob:pw@db:5432,fe80::1:5432/app", "postgresql://bob:pw@fe80::1%eth0:5432/app",
        "jdbc:postgresql://::1"}) {
    INFO(url);
    const auto refused = parse(url);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ExitCode::configuration);
    CHECK(refused.error().message == "DATABASE_URL has an IPv6 address without brackets");
    CHECK(refused.error().hint.contains("[::1]"));
  }
  for (const char* url :
       {"postgresql://bob:pw@[::1]:5432/app", "postgresql://[fd00::5]/app", "postgresql://bob:pw@[::1],[::2]:5433/app",
        "postgresql://bob:pw@10.0.0.1:5432/app", "postgresql://bob:pw@cafe:5432/app",
        "postgresql://bob:ab::1@db:5432/app", "postgresql:///app"}) {
    INFO(url);
    CHECK(parse(url).has_value());
  }
}

TEST_CASE("a byte order mark and UTF-16 are named as such, in a URL and in a connection string") {
  const std::string wide("\xFF\xFEp\0o\0s\0", 8);
  const std::string wide_other("\xFE\xFF\0p\0o", 6);
  for (const auto& [text, word] :
       std::map<std::string, std::string>{{"\xEF\xBB\xBFpostgresql://bob:pw@db/app", "(BOM)"},
                                          {"\xEF\xBB\xBFhost=db dbname=app", "(BOM)"},
                                          {wide, "UTF-16"},
                                          {wide_other, "UTF-16"}}) {
    const auto refused = pge::parse_connection_settings(text, "DATABASE_URL_FILE");
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ExitCode::configuration);
    CHECK(refused.error().message.starts_with("DATABASE_URL_FILE "));
    CHECK(refused.error().message.contains(word));
    CHECK(refused.error().hint.contains("UTF-8 without a byte order mark"));
  }
}

TEST_CASE("a malformed URL is refused without a word of the password") {
  for (const char* url :
       {"postgresql://bob:my@sekret@db/app", "postgresql://bob:my/sekret@db/app", "postgresql://bob:my?sekret@db/app",
        "postgresql://bob:my#sekret@db/app", "postgresql://bob:my%sekret@db/app", "postgresql://bob:my%00sekret@db/app",
        "postgresql://bob:my%\"sekret@db/app", "postgresql://bob:my sekret@db:54x2/app",
        "postgresql://bob:sekret@[::1/app", "password='sekret", "mysql://bob:sekret@db/app", "sekret", "://sekret",
        "postgresql://h/d?ssl=sekret", "postgresql://bob:sekret@h:port/d?bogus=sekret"}) {
    INFO(url);
    const auto settings = parse(url);
    if (settings.has_value()) {
      // libpq takes it as it is; then it must be known as a secret.
      CHECK(std::ranges::any_of(settings->secrets, [](const std::string& s) { return s.contains("sekret"); }));
      continue;
    }
    CHECK(settings.error().code == ExitCode::configuration);
    CHECK_FALSE(settings.error().message.contains("sekret"));
    CHECK_FALSE(settings.error().hint.contains("sekret"));
    CHECK_FALSE(settings.error().hint.empty());
  }
}
