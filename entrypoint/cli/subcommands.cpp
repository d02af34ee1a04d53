#include "cli/subcommands.hpp"

#include <string>

#include "cli/option_group.hpp"

namespace pge {
namespace {

CLI::App* command(CLI::App& app, Settings& s, const std::string& name, CommandName value, const std::string& help) {
  auto* sub = app.add_subcommand(name, help);
  sub->fallthrough();
  sub->set_help_flag();
  sub->callback([&s, value] { s.command = value; });
  return sub;
}

void declare_healthcheck(CLI::App& app, Settings& s) {
  auto* health =
      command(app, s, "healthcheck", CommandName::healthcheck, "exit 0 when the application is being served, else 1");
  auto* live = health->add_flag("--live", s.arguments.live, "0 while waiting, locking and migrating too");
  auto* ready = health->add_flag("--ready", s.arguments.ready, "1 while a stop is held back, too");
  health->add_option("--tcp", s.arguments.tcp, "and it accepts a connection")->option_text("HOST:PORT")->excludes(live);
  health->add_option("--http", s.arguments.http, "and it answers")->option_text("URL[=STATUS]")->excludes(live);
  live->excludes(ready);
}

}  // namespace

void declare_subcommands(CLI::App& app, Settings& s) {
  command(app, s, "run", CommandName::run, "wait, lock, migrate, then run and supervise CMD (the default)");
  command(app, s, "migrate", CommandName::migrate, "wait, lock, migrate, exit: for init containers, Jobs and CI");
  auto* wait = command(app, s, "wait", CommandName::wait,
                       "wait until the database answers a query, or somebody else has migrated");
  wait->add_flag("--for-migrations", s.arguments.for_migrations, "and until somebody else has migrated");
  auto* status = command(app, s, "status", CommandName::status, "list applied and pending migrations");
  status->add_flag("--json", s.arguments.json, "as JSON");
  command(app, s, "check", CommandName::check, "exit 0 when up to date, 3 when migrations are pending");
  auto* scaffold = command(app, s, "new", CommandName::scaffold, "create an empty migration file, named by UTC time");
  scaffold->add_option("NAME", s.arguments.name, "what the migration does, for example add_votes")->required();
  auto* down =
      command(app, s, "down", CommandName::down, "revert the last N migrations (default 1), or back to --to V");
  down->add_option_function<std::string>(
      "N",
      [&s](const std::string& given) {
        s.arguments.count = number_within(given, 1);
        if (!s.arguments.count) throw CLI::ValidationError("N", "'" + given + "' is not a number from 1 to 1000000");
      },
      "how many migrations to revert");
  auto* baseline = command(app, s, "baseline", CommandName::baseline, "record that the schema is already at version V");
  baseline->add_option("V", s.arguments.version, "the version")->required();
  auto* accept = command(app, s, "accept", CommandName::accept, "accept the changed file of version V");
  auto* version = accept->add_option("V", s.arguments.version, "the version");
  auto* replicated =
      accept->add_flag("--replicated", s.arguments.replicated,
                       "instead: take the rows that logical replication has brought for this database's");
  version->excludes(replicated);
  declare_healthcheck(app, s);
}

}  // namespace pge
