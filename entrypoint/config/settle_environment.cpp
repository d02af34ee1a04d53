#include "config/settle_environment.hpp"

#include <algorithm>
#include <cstring>
#include <format>
#include <optional>
#include <string_view>
#include <utility>

#include "config/database_option.hpp"
#include "config/env_file.hpp"
#include "config/environment.hpp"
#include "config/file_env.hpp"

namespace pge {
namespace {

/// What the environment has itself takes precedence, as docker's -e does; of two files the later.
Result<> add_env_files(const std::vector<std::string>& paths, EnvironmentList& environment,
                       std::vector<std::string>& warnings) {
  EnvironmentList added;
  for (const std::string& path : paths) {
    auto variables = read_env_file(path);
    if (!variables) return fail(variables.error());
    for (const std::string& entry : *variables) {
      const std::string_view name = variable_name(entry);
      if (name.starts_with("PG_ENTRYPOINT_")) {
        warnings.push_back(
            std::format("{} in {} is ignored: the entrypoint's options are not read from it", name, path));
      }
      set_variable(added, name, std::string_view(entry).substr(name.size() + 1));
    }
  }
  for (std::string& entry : added) {
    if (variable_value(environment, variable_name(entry)) == nullptr) environment.push_back(std::move(entry));
  }
  return {};
}

/// The application's URL, where it is to be exported. A variable of that name must be the one that the URL comes from.
Result<std::optional<DatabaseSource>> find_exported(const DatabaseOptions& options, const GetEnv& get) {
  const std::string& name = options.export_name;
  if (name.empty()) return std::nullopt;
  for (const std::string& variable : {name, name + "_FILE"}) {
    const char* value = get(variable.c_str());
    if (value == nullptr || *value == '\0') continue;
    if (std::ranges::contains(names_in_database_option(options.database), name)) continue;
    return fail(ExitCode::configuration, std::format("--export-database-url: {} is set already", variable),
                "unset it, or leave out the option");
  }
  auto source = read_database_option(options.database, "--database", get);
  if (!source) return fail(source.error());
  source->scheme = options.scheme;
  return *std::move(source);
}

/// The database as the application names it, where the owner's is used. Nothing where that cannot be told.
std::optional<DatabaseSource> find_applications(const Settings& settings, const GetEnv& get) {
  if (!is_migrating_url(settings.waiting.database)) return std::nullopt;
  DatabaseOptions options = settings.database;
  options.migrate_database.clear();
  const GetEnv as_application = [&](const char* name) {
    return std::string_view(name).starts_with("MIGRATE_DATABASE_URL") ? nullptr : get(name);
  };
  auto found = find_database(as_application, options);
  return found ? std::optional(*std::move(found)) : std::nullopt;
}

/// What only the owner's programs may have: the variables that --migrate-database names go to the migrator.
void set_aside(Settings& settings, EnvironmentList& environment) {
  const auto owners = owners_variables(settings.database);
  for (const std::string& entry : environment) {
    const std::string_view name = variable_name(entry);
    const bool ours = name.starts_with("PG_ENTRYPOINT_") || name.starts_with("MIGRATE_DATABASE_URL");
    if (!ours && std::ranges::contains(owners, name)) settings.migrator.variables.push_back(entry);
  }
  forget_variables(environment, owners);
}

}  // namespace

Result<> settle_environment(Settings& settings, EnvironmentList& environment, std::vector<std::string>& warnings,
                            const GetEnv& get) {
  if (auto added = add_env_files(settings.serving.env_files, environment, warnings); !added) return added;
  const GetEnv lookup = [&](const char* name) {
    const char* const value = variable_value(environment, name);
    return value != nullptr ? value : get(name);
  };
  auto database = find_database(lookup, settings.database);
  if (!database && uses_database(settings)) return fail(database.error());
  if (database) settings.waiting.database = *std::move(database);
  settings.serving.database = find_applications(settings, lookup);
  auto exported = find_exported(settings.database, lookup);
  // A command that needs no database may run where nobody has named one.
  if (!exported && uses_database(settings)) return fail(exported.error());
  if (exported) settings.serving.exported = *std::move(exported);
  if (auto read = read_file_env(environment, settings.serving.file_env); !read) return read;
  set_aside(settings, environment);
  return {};
}

}  // namespace pge
