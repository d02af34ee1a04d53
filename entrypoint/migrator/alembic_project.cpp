#include "migrator/alembic_project.hpp"

#include <algorithm>
#include <filesystem>
#include <format>
#include <utility>

#include "alembic/interpolation.hpp"
#include "alembic/revision_files.hpp"
#include "alembic/version_table.hpp"
#include "core/environment_list.hpp"
#include "core/strings.hpp"

namespace pge {
namespace {

/// The files that a command reads, whether they are there or not.
struct ConfigFiles {
  std::string ini = "alembic.ini";
  std::string pyproject = "pyproject.toml";
};

ConfigFiles files_of(const AlembicCommand& command, const std::vector<std::string>& environment) {
  ConfigFiles files;
  const char* variable = variable_value(environment, "ALEMBIC_CONFIG");
  const std::string configured = variable == nullptr ? "" : variable;
  const bool is_pyproject = std::filesystem::path(configured).filename() == "pyproject.toml";
  if (!configured.empty()) (is_pyproject ? files.pyproject : files.ini) = configured;
  if (!command.ini.empty()) files.ini = command.ini;
  if (!command.pyproject.empty()) files.pyproject = command.pyproject;
  return files;
}

/// `--alembic` describes the project that a command reads; it cannot make the command read another one.
std::string conflict(const std::string& reads, const std::string& described) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  std::string file = described;
  if (fs::is_directory(described, ignored))
    file = find_alembic_config(described + "/alembic.ini", described + "/pyproject.toml");
  if (reads.empty() || file.empty() || fs::equivalent(reads, file, ignored)) return "";
  return std::format("it reads {}, and --alembic names {}", reads, described);
}

AlembicChoice choose_by_command(const AlembicCommand& command, const std::string& described,
                                const std::vector<std::string>& environment) {
  const ConfigFiles files = files_of(command, environment);
  const bool names_one = !command.ini.empty() || !command.pyproject.empty();
  const std::string found = find_alembic_config(files.ini, files.pyproject);
  AlembicChoice choice{.doubt = command.doubt,
                       .where = found.empty() ? files.ini : found,
                       .overrides = {.pyproject = files.pyproject},
                       .section = command.section};
  if (!described.empty() && (!names_one || !command.doubt.empty())) {
    if (choice.doubt.empty()) choice.doubt = conflict(found, described);
    choice.where = described;
    choice.overrides = {};
  }
  return choice;
}

/// Flask-Migrate's folder is that of -d, else the application's own, which is "migrations" unless it says otherwise.
/// Nothing when there is no such folder: `flask db` may be anything then.
std::optional<AlembicChoice> choose_by_flask(const AlembicCommand& command, const std::string& described,
                                             const std::vector<std::string>& environment) {
  std::string folder = command.directory.empty() ? "migrations" : command.directory;
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  std::string found = find_alembic_config(folder + "/alembic.ini", "");
  AlembicChoice choice{.doubt = command.doubt};
  if (!described.empty() && command.directory.empty()) {
    if (choice.doubt.empty()) choice.doubt = conflict(found, described);
    std::error_code ignored;
    folder = std::filesystem::is_directory(described, ignored) ? described : folder_of(described);
    found = find_alembic_config(folder + "/alembic.ini", "");
  }
  if (found.empty()) return std::nullopt;
  choice.where = found;
  choice.overrides.script_location = folder;
  const auto sets_an_option = [](const std::string& entry) { return entry.starts_with("FLASK_DB_UPGRADE_"); };
  if (choice.doubt.empty() && std::ranges::any_of(environment, sets_an_option)) {
    choice.doubt = "a variable FLASK_DB_UPGRADE_… is an option for it";
  }
  if (choice.doubt.empty() && !has_flask_layout(found)) choice.doubt = folder + "/env.py is not Flask-Migrate's";
  return choice;
}

}  // namespace

std::vector<std::string> AlembicProject::inputs() const {
  std::vector<std::string> paths = config.files;
  paths.push_back(config.script_location);
  for (const std::string& location : config.version_locations) {
    if (!location.starts_with(config.script_location + "/")) paths.push_back(location);
  }
  return paths;
}

std::optional<AlembicChoice> choose_alembic(const MigratorSettings& settings,
                                            const std::vector<std::string>& migrator_words,
                                            const std::vector<std::string>& environment) {
  if (const auto command = parse_alembic_command(migrator_words)) {
    std::optional<AlembicChoice> choice = command->flask ? choose_by_flask(*command, settings.alembic, environment)
                                                         : choose_by_command(*command, settings.alembic, environment);
    if (!choice) return std::nullopt;
    choice->version_table = settings.alembic_version_table;
    choice->wants_one_head = command->upgrades_to("head");
    choice->command = *command;
    return choice;
  }
  AlembicChoice choice{.where = settings.alembic,
                       .version_table = settings.alembic_version_table,
                       .wants_one_head = migrator_words.empty()};
  if (!choice.where.empty()) return choice;
  if (!migrator_words.empty()) return std::nullopt;
  const char* configured = variable_value(environment, "ALEMBIC_CONFIG");
  choice.where = configured != nullptr ? configured : find_alembic_config();
  return choice.where.empty() ? std::nullopt : std::optional(choice);
}

Result<AlembicProject> open_alembic(const AlembicChoice& choice) {
  auto config = read_alembic_config(choice.where, choice.section, choice.overrides);
  if (!config) return fail(config.error());
  if (!choice.version_table.empty()) {
    const auto table = parse_version_table(choice.version_table);
    if (!table) return fail(table.error());
    config->state_query = version_query(*table);
    config->table_doubt.clear();
    config->table_assumption.clear();
  }
  auto graph = read_revisions(*config);
  if (!graph) return fail(graph.error());
  return AlembicProject{
      .config = *std::move(config), .graph = *std::move(graph), .wants_one_head = choice.wants_one_head};
}

Error uncertain_table(const AlembicConfig& config) {
  return {.code = ExitCode::configuration,
          .message = "Alembic's version table is not certain: " + config.table_doubt,
          .hint = "--alembic-version-table [SCHEMA.]NAME says which one it is",
          .where = {.file = config.script_location + "/env.py"}};
}

std::optional<Error> no_revisions(const AlembicProject& project) {
  if (!project.graph.all().empty()) return std::nullopt;
  return Error{.code = ExitCode::invalid_migrations,
               .message = "no revisions were found in " + joined(project.config.version_locations),
               .hint =
                   "if env.py sets version_locations, set them in alembic.ini or pyproject.toml, where they can be "
                   "read without Python; or give --migrator-inputs and --migrator-state"};
}

Result<std::vector<std::string>> read_alembic_version(Session& session, const AlembicConfig& config) {
  if (config.state_query.empty()) return fail(uncertain_table(config));
  auto rows = session.query(config.state_query);
  std::vector<std::string> current;
  if (!rows && !rows.error().is_sqlstate("42P01")) return fail(rows.error());
  for (std::size_t i = 0; rows && i < rows->size(); ++i) current.push_back(rows->text(i, 0));
  return current;
}

}  // namespace pge
