#include "config/settle_environment.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "temporary_directory.hpp"

using pge::EnvironmentList;
using pge::test::TemporaryDirectory;

namespace {

struct Settled {
  pge::Settings settings;
  EnvironmentList environment;
  std::vector<std::string> warnings;
  std::string error;
};

Settled settle(pge::Settings settings, EnvironmentList environment) {
  Settled all{.settings = std::move(settings), .environment = std::move(environment), .warnings = {}, .error = {}};
  const auto get = [](const char*) -> const char* { return nullptr; };
  const auto settled = pge::settle_environment(all.settings, all.environment, all.warnings, get);
  if (!settled) all.error = settled.error().message;
  return all;
}

}  // namespace

TEST_CASE("the environment goes before an env file, and a later file before an earlier one") {
  const TemporaryDirectory directory;
  const std::string one =
      directory.write("one", "A=one\nB=one\nC=one\nEMPTY=one\nDATABASE_URL=postgresql://h/one\nPG_ENTRYPOINT_DIR=x\n");
  const std::string two = directory.write("two", "B=two\n");
  pge::Settings settings;
  settings.serving.env_files = {one, two};
  const Settled all = settle(settings, {"A=own", "EMPTY="});
  CHECK(all.error.empty());
  CHECK(std::ranges::contains(all.environment, "A=own"));
  CHECK(std::ranges::contains(all.environment, "B=two"));
  CHECK(std::ranges::contains(all.environment, "C=one"));
  CHECK(std::ranges::contains(all.environment, "EMPTY="));
  CHECK(all.environment.size() == 6);
  CHECK(all.settings.waiting.database.url == "postgresql://h/one");
  REQUIRE(all.warnings.size() == 1);
  CHECK(all.warnings.front().starts_with("PG_ENTRYPOINT_DIR in " + one + " is ignored"));
}

TEST_CASE("what --migrate-database names is set aside for the migrator") {
  pge::Settings settings;
  settings.database.migrate_database = "host=${H} user=${U} password=${P} dbname=${D}";
  settings.database.database = "host=${H} user=app password=${SHARED} dbname=${D}";
  const Settled all = settle(settings, {"H=h", "U=owner", "P=hush", "P_FILE=", "D=d", "SHARED=s",
                                        "MIGRATE_DATABASE_URL_FILE=", "PG_ENTRYPOINT_MIGRATE_DATABASE=x"});
  CHECK(all.error.empty());
  CHECK(all.environment == EnvironmentList{"H=h", "U=owner", "D=d", "SHARED=s"});
  CHECK(all.settings.migrator.variables == std::vector<std::string>{"P=hush", "P_FILE="});
  CHECK(all.settings.waiting.database.variable == "--migrate-database");
}

TEST_CASE("a command that needs no database runs where nobody has named one, and gets its URL where somebody has") {
  pge::Settings settings;
  settings.database = {
      .database = "host=${H:?set H} dbname=d", .migrate_database = {}, .export_name = "URL", .scheme = {}};
  CHECK(settle(settings, {}).error.contains("set H"));
  settings.serving.passed_by = "--no-database";
  const Settled without = settle(settings, {});
  CHECK(without.error.empty());
  CHECK_FALSE(without.settings.serving.exported.has_value());
  CHECK(settle(settings, {"H=h"}).settings.serving.exported.has_value());
}

TEST_CASE("a variable to be exported must be free, or the one that the URL comes from") {
  pge::Settings settings;
  settings.database = {
      .database = "host=h dbname=d", .migrate_database = {}, .export_name = "URL", .scheme = "postgres"};
  CHECK(settle(settings, {"URL=x"}).error == "--export-database-url: URL is set already");
  CHECK(settle(settings, {"URL_FILE=/x"}).error == "--export-database-url: URL_FILE is set already");
  const Settled free = settle(settings, {"URL="});
  REQUIRE(free.settings.serving.exported.has_value());
  CHECK(free.settings.serving.exported->scheme == "postgres");
  settings.database.database = "${URL}";
  CHECK(settle(settings, {"URL=postgresql://h/d"}).settings.serving.exported->url == "postgresql://h/d");
  settings.database.export_name.clear();
  CHECK_FALSE(settle(settings, {"URL=postgresql://h/d"}).settings.serving.exported.has_value());
}
