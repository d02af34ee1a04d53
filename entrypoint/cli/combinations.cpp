#include "cli/combinations.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "cli/check_exec.hpp"
#include "cli/environment_options.hpp"

namespace pge {
namespace {

/// Options for a migrator cannot be combined with options for SQL migration files.
Result<> check_migrator(const Settings& s) {
  const auto usage = [](std::string message) { return fail(ExitCode::usage, std::move(message), usage_hint); };
  if (s.migrator.command_line.empty()) {
    if (s.migrator.inputs.empty() && s.migrator.state_query.empty() && s.migrator.user.empty()) return {};
    return usage("--migrator-inputs, --migrator-state and --migrator-user need --migrator");
  }
  if (!s.migrating.directory.empty()) return usage("--migrator and --dir cannot be combined");
  if (s.migrating.to)
    return usage(
        "--to works with SQL migration files only: give the target to the migrator "
        "instead");
  if (!s.migrating.search_path.empty()) {
    return usage("--search-path works with SQL migration files only: set it in the migrator's own configuration");
  }
  const auto is_ours = {CommandName::down, CommandName::baseline, CommandName::accept, CommandName::scaffold};
  if (std::ranges::contains(is_ours, s.command)) {
    return usage(
        "down, baseline, accept and new work with SQL migration files only: use the migrator's own "
        "commands");
  }
  return {};
}

}  // namespace

Result<> check_combinations(const CLI::App& app, const Settings& s, bool has_command) {
  const auto usage = [](std::string message) { return fail(ExitCode::usage, std::move(message), usage_hint); };
  const bool runs = s.command == CommandName::run;
  if (!runs && has_command) return usage("only run takes a command to run");
  if (!runs && s.serving.no_database && uses_database(s)) {
    return usage("this command needs a database, and --no-database says that there is none");
  }
  if (runs && (s.serving.command.empty() || s.serving.command.front().empty()))
    return usage("no command to run was given");
  const bool revertible = s.command == CommandName::down || s.command == CommandName::migrate;
  if (s.migrating.to && app.get_option("--to")->count() > 0 && !revertible && !runs &&
      s.command != CommandName::check) {
    return usage("--to can only be used with migrate and down");
  }
  if (s.command == CommandName::down && s.arguments.count && s.migrating.to)
    return usage("down takes N or --to V, not both");
  if (!s.waiting.create_database_options.empty() && !s.waiting.create_database) {
    return usage("--create-database-options needs --create-database");
  }
  if (auto sound = check_migrator(s); !sound) return sound;
  if (auto sound = check_exec(s.serving, usage_hint); runs && !sound) return sound;
  if (!s.serving.chown.empty() && s.serving.user.empty()) {
    return usage("--chown needs --user: it gives the directory to the user that the application runs as");
  }
  return check_environment_options(s, usage_hint);
}

}  // namespace pge
