#include "migrator/migrator_environment.hpp"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <string>
#include <vector>

using pge::EnvironmentList;
using pge::ServerSetting;
using pge::Settings;

namespace {

const std::vector<ServerSetting> safety{{.name = "client_connection_check_interval", .value = "500"}};

Settings settings_with_url(const std::string& url) {
  Settings settings;
  settings.waiting.database = {.variable = "MIGRATE_DATABASE_URL", .url = url, .file = {}};
  return settings;
}

std::string value_in(const pge::MigratorEnvironment& environment, const char* name) {
  const char* value = pge::variable_value(environment.variables, name);
  return value == nullptr ? "(none)" : value;
}

}  // namespace

TEST_CASE("a migrator gets no lock_timeout but the one that was said, and no statement_timeout of the role's") {
  Settings settings;
  const auto names = [&] {
    std::string text;
    for (const auto& [name, value] : pge::settings_for_migrator(settings, safety)) text += name + "=" + value + " ";
    return text;
  };
  CHECK(names() == "client_connection_check_interval=500 statement_timeout=0 ");
  settings.migrator.lock_timeout = std::chrono::seconds(5);
  settings.migrating.statement_timeout = std::chrono::minutes(1);
  settings.migrating.role = "o";
  CHECK(names() == "client_connection_check_interval=500 statement_timeout=60000 lock_timeout=5000 role=o ");
  settings.migrator.lock_timeout = std::chrono::seconds(0);
  CHECK(names().contains("lock_timeout=0 "));
}

TEST_CASE("settings are added to PGOPTIONS and to the options in the URL") {
  const EnvironmentList given{"PGOPTIONS=-c a.b=c", "DATABASE_URL=postgresql://app/x", "DATABASE_URL_FILE=/x", "A=1"};
  const std::string ours = "-c client_connection_check_interval=500 -c statement_timeout=0";
  const auto made = [&](const std::string& url) {
    return *pge::migrator_environment(settings_with_url(url), given, safety);
  };
  const auto plain = made("postgresql+asyncpg://db/app");
  CHECK(plain.passed);
  CHECK(value_in(plain, "PGOPTIONS") == "-c a.b=c " + ours);
  CHECK(value_in(plain, "DATABASE_URL") == "postgresql+asyncpg://db/app");
  CHECK(value_in(plain, "DATABASE_URL_FILE") == "(none)");
  CHECK(value_in(plain, "A") == "1");
  const auto with_options = made("postgresql://db/app?options=-c%20d.e%3Df");
  CHECK(value_in(with_options, "PGOPTIONS") == "-c a.b=c " + ours);
  CHECK(value_in(with_options, "DATABASE_URL").starts_with("postgresql://db/app?options=-c%20d.e%3Df%20-c%20client_"));
}

TEST_CASE("a database by parts is a URL for the migrator, in the application's variable too") {
  Settings settings;
  settings.database.export_name = "APP_URL";
  settings.migrator.variables = {"OWNER_PASS=p@ss"};
  settings.waiting.database = {.variable = "--migrate-database", .url = {}, .file = {}};
  settings.waiting.database.fields = {
      {.name = "host", .value = {{.text = "db", .file = {}}}},
      {.name = "password", .value = {{.text = "p@", .file = {}}, {.text = "ss", .file = {}}}},
      {.name = "user", .value = {{.text = "o", .file = {}}}},
      {.name = "dbname", .value = {{.text = "d", .file = {}}}}};
  const EnvironmentList given{"A=1", "APP_URL=application's", "APP_URL_FILE=/x", "DATABASE_URL_FILE=/x"};
  const auto made = *pge::migrator_environment(settings, given, safety);
  CHECK(value_in(made, "DATABASE_URL") == "postgresql://o:p%40ss@db/d");
  CHECK(value_in(made, "APP_URL") == value_in(made, "DATABASE_URL"));
  CHECK(value_in(made, "APP_URL_FILE") == "(none)");
  CHECK(value_in(made, "DATABASE_URL_FILE") == "(none)");
  CHECK(value_in(made, "OWNER_PASS") == "p@ss");
  settings.waiting.database.scheme = "postgresql+asyncpg";
  CHECK(value_in(*pge::migrator_environment(settings, given, safety), "APP_URL") ==
        "postgresql+asyncpg://o:p%40ss@db/d");
  settings = settings_with_url("postgres://db/d");
  settings.waiting.database.scheme = "postgresql+asyncpg";
  CHECK(value_in(*pge::migrator_environment(settings, {}, safety), "DATABASE_URL") == "postgresql+asyncpg://db/d");
}

TEST_CASE("nothing is added when that is switched off") {
  const EnvironmentList given{"PGOPTIONS=-c a.b=c"};
  Settings settings = settings_with_url("postgresql://db/app?options=-c%20d.e%3Df");
  const auto same = [&] {
    const auto made = *pge::migrator_environment(settings, given, safety);
    return !made.passed && value_in(made, "PGOPTIONS") == "-c a.b=c" &&
           value_in(made, "DATABASE_URL") == "postgresql://db/app?options=-c%20d.e%3Df";
  };
  CHECK_FALSE(same());
  settings.migrator.options = false;
  CHECK(same());
}
