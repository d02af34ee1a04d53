#include "migrator/migrator_environment.hpp"

#include "config/environment.hpp"
#include "migrator/program_url.hpp"

namespace pge {

std::vector<StartupSetting> settings_for_migrator(const Settings& settings, std::span<const ServerSetting> safety) {
  std::vector<StartupSetting> wanted;
  wanted.reserve(safety.size() + 3);
  for (const ServerSetting& one : safety) wanted.push_back({.name = one.name, .value = one.for_migrators});
  wanted.push_back(
      {.name = "statement_timeout", .value = std::to_string(settings.migrating.statement_timeout.count())});
  if (const auto timeout = settings.migrator.lock_timeout) {
    wanted.push_back({.name = "lock_timeout", .value = std::to_string(timeout->count())});
  }
  if (!settings.migrating.role.empty()) wanted.push_back({.name = "role", .value = settings.migrating.role});
  return wanted;
}

Result<MigratorEnvironment> migrator_environment(const Settings& settings, const EnvironmentList& environment,
                                                 std::span<const ServerSetting> safety) {
  const DatabaseSource& source = settings.waiting.database;
  auto url = url_for_program(source, UrlReader::migrator);
  if (!url) return fail(url.error());
  MigratorEnvironment made{.variables = application_environment(environment),
                           .url = *std::move(url),
                           .wanted = settings_for_migrator(settings, safety),
                           .passed = settings.migrator.options};
  if (made.passed) {
    const std::string options = startup_options(made.wanted);
    const char* given = variable_value(made.variables, "PGOPTIONS");
    const std::string before = given == nullptr || *given == '\0' ? "" : std::string(given) + " ";
    set_variable(made.variables, "PGOPTIONS", before + options);
    auto merged = with_startup_options(made.url, source.variable, options);
    if (!merged) return fail(merged.error());
    made.url = *std::move(merged);
  }
  made.variables.insert(made.variables.end(), settings.migrator.variables.begin(), settings.migrator.variables.end());
  if (made.url.empty()) return made;
  // A migrator that shares the application's configuration reads the application's variable.
  for (const std::string& name : {std::string("DATABASE_URL"), settings.database.export_name}) {
    if (name.empty()) continue;
    unset_variable(made.variables, name + "_FILE");
    set_variable(made.variables, name, made.url);
  }
  return made;
}

}  // namespace pge
