#include "postgres/startup_options.hpp"

#include <catch2/catch_test_macros.hpp>
#include <initializer_list>
#include <string>
#include <vector>

#include "postgres/connection_settings.hpp"

using pge::StartupSetting;

namespace {

const std::string options = "-c statement_timeout=0 -c role=a\\ b";

std::string with_options(const std::string& url) {
  const auto merged = pge::with_startup_options(url, "DATABASE_URL", options);
  REQUIRE(merged.has_value());
  return *merged;
}

}  // namespace

TEST_CASE("settings become the options that libpq takes") {
  CHECK(pge::startup_options(std::vector<StartupSetting>{}).empty());
  const std::vector<StartupSetting> settings{{"statement_timeout", "0"}, {"role", "a b"}};
  CHECK(pge::startup_options(settings) == options);
  CHECK(pge::startup_options(std::vector<StartupSetting>{{"role", R"(a\b)"}}) == R"(-c role=a\\b)");
}

TEST_CASE("ours go behind the options that a URL has, and libpq reads both") {
  for (const char* url : {"postgresql://bob:pw@db/app?options=-c%20a.b%3Dc",
                          "postgresql://bob:pw@db/app?sslmode=disable&options=-c%20a.b%3Dc&port=1",
                          "postgresql+psycopg://db/app?options=-c%20x.y%3Dz&options=-c%20a.b%3Dc",
                          "host=db options='-c a.b=c'", "options='-c a.b=c' host=db port=1 password='it\\'s'"}) {
    INFO(url);
    const auto read = pge::parse_connection_settings(with_options(url), "DATABASE_URL");
    REQUIRE(read.has_value());
    CHECK(read->parameters.at("options") == "-c a.b=c " + options);
    // Nothing else has changed.
    auto before = *pge::parse_connection_settings(url, "DATABASE_URL");
    before.parameters["options"] = read->parameters.at("options");
    CHECK(read->parameters == before.parameters);
  }
  const auto empty = pge::parse_connection_settings(with_options("postgresql://db/app?options="), "DATABASE_URL");
  CHECK(empty->parameters.at("options") == options);
  const auto nothing = pge::parse_connection_settings(with_options("host=db options=''"), "DATABASE_URL");
  CHECK(nothing->parameters.at("options") == options);
}

TEST_CASE("a URL without options stays as it was spelled") {
  for (const char* url :
       {"", "postgresql://bob:p%40w@db/app", "postgresql+asyncpg://db/app?ssl=true", "host=db password='options=x'"}) {
    INFO(url);
    CHECK(with_options(url) == url);
  }
  CHECK_FALSE(pge::with_startup_options("postgresql://db/app?unheard=1", "DATABASE_URL", options).has_value());
}

TEST_CASE("a driver without libpq is known by the URL's spelling") {
  CHECK(pge::driver_without_libpq("postgresql+asyncpg://db/app") == "asyncpg");
  CHECK(pge::driver_without_libpq("postgresql+pg8000://db/app") == "pg8000");
  CHECK(pge::driver_without_libpq("jdbc:postgresql://db/app") == "JDBC");
  for (const char* url : {"", "postgresql://db/app", "postgres://db/app", "postgresql+psycopg://db/app",
                          "postgresql+psycopg2://db/app", "host=db password=a+b"}) {
    INFO(url);
    CHECK(pge::driver_without_libpq(url).empty());
  }
}
