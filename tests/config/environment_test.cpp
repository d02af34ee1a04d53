#include "config/environment.hpp"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <map>

#include "config/given_environment.hpp"

using pge::ExitCode;

namespace {

/// What `source` says as a text.
pge::Result<std::string> text_of(const pge::DatabaseSource& source) {
  return pge::read_database(source).transform([](const auto& said) { return std::get<std::string>(said); });
}

}  // namespace

TEST_CASE("the migrating URL goes before the application's, and a URL before PG*") {
  CHECK(pge::find_database(environment_of({{"DATABASE_URL", "u"}, {"MIGRATE_DATABASE_URL", "m"}}))->url == "m");
  CHECK(pge::find_database(environment_of({{"DATABASE_URL", "u"}, {"PGHOST", "h"}}))->url == "u");
  CHECK(pge::find_database(environment_of({{"DATABASE_URL_FILE", "/f"}}))->file == "/f");
  const auto libpq = pge::find_database(environment_of({{"PGHOST", "h"}}));
  REQUIRE(libpq.has_value());
  CHECK_FALSE(libpq->url.has_value());
  CHECK_FALSE(libpq->file.has_value());
}

TEST_CASE("contradictions and gaps in the environment are configuration errors") {
  for (const auto& values : std::vector<std::map<std::string, std::string>>{
           {},
           {{"DATABASE_URL", ""}},
           {{"DATABASE_URL_FILE", ""}},
           {{"DATABASE_URL", "u"}, {"DATABASE_URL_FILE", "/f"}},
           {{"MIGRATE_DATABASE_URL", "u"}, {"MIGRATE_DATABASE_URL_FILE", "/f"}, {"DATABASE_URL", "u"}},
           {{"PGHOST", ""}},
           {{"PGPASSWORD", "x"}}}) {
    const auto found = pge::find_database(environment_of(values));
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().code == ExitCode::configuration);
    CHECK_FALSE(found.error().hint.empty());
  }
}

TEST_CASE("a URL in a file loses its line end and nothing else") {
  const std::string path = "/tmp/pge-url-" + std::to_string(getpid());
  std::ofstream(path) << "postgresql://a:b c@h/d \r\n\n";
  CHECK(text_of({.variable = "X", .url = {}, .file = path}) == "postgresql://a:b c@h/d ");
  std::ofstream(path, std::ios::trunc) << "\n";
  CHECK(text_of({.variable = "X", .url = {}, .file = path}).error().code == ExitCode::configuration);
  unlink(path.c_str());
  const auto missing = text_of({.variable = "X", .url = {}, .file = path});
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().message.contains("No such file"));
  CHECK_FALSE(text_of({.variable = "X", .url = {}, .file = "/"}).has_value());
}

TEST_CASE("only variables that look like ours and are not are reported") {
  const std::vector<std::string> environment{"PG_ENTRYPOINT_DIR=x",          "PG_ENTRYPOINT_DRI=x",
                                             "PG_ENTRYPOINT_PORT=tcp://1",   "PG_ENTRYPOINT_PORT_80_TCP=x",
                                             "PG_ENTRYPOINT_SERVICE_HOST=x", "PATH=/"};
  CHECK(pge::unknown_variables(environment, {"PG_ENTRYPOINT_DIR"}) == std::vector<std::string>{"PG_ENTRYPOINT_DRI"});
}

TEST_CASE("only the migrating URL and its file are to be kept from the application") {
  const auto has = [](std::string entry) {
    char* environment[] = {entry.data(), nullptr};
    return pge::has_migrating_url(environment);
  };
  CHECK(has("MIGRATE_DATABASE_URL=x"));
  CHECK(has("MIGRATE_DATABASE_URL_FILE=/x"));
  CHECK_FALSE(has("DATABASE_URL=x"));
  CHECK_FALSE(has("MIGRATE_DATABASE_URLS=x"));
  const auto used = [](const std::map<std::string, std::string>& values) {
    return pge::is_migrating_url(*pge::find_database(environment_of(values)));
  };
  CHECK(used({{"DATABASE_URL", "u"}, {"MIGRATE_DATABASE_URL", "m"}}));
  CHECK(used({{"MIGRATE_DATABASE_URL_FILE", "/m"}}));
  CHECK_FALSE(used({{"DATABASE_URL", "u"}}));
}

TEST_CASE("the application does not see the migrating URL, nor our settings") {
  const std::vector<std::string> environment{"A=1",
                                             "MIGRATE_DATABASE_URL=x",
                                             "MIGRATE_DATABASE_URL_FILE=y",
                                             "DATABASE_URL=z",
                                             "PG_ENTRYPOINT_DIR=d",
                                             "MIGRATE_DATABASE_URLS=kept"};
  CHECK(pge::application_environment(environment) ==
        std::vector<std::string>{"A=1", "DATABASE_URL=z", "MIGRATE_DATABASE_URLS=kept"});
}
