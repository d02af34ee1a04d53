#include "commands/command.hpp"
#include "run/application.hpp"
#include "run/pipeline.hpp"

namespace pge {
namespace {

/// A migrator writes as the application's user, so here too it needs the directories that are given to that user.
Result<> give_to_migrator(Database& database) {
  const Settings& settings = database.context().settings;
  if (settings.migrator.command_line.empty() || settings.serving.chown.empty()) return {};
  const auto user = identity_for(settings.serving.user, "--user");
  return user ? give_directories(database.context(), *user, database.stop()) : Result<>(fail(user.error()));
}

}  // namespace

/// wait, lock, migrate, exit: for an init container, a Job or CI.
Result<int> run_migrate(Database& database) {
  if (auto given = give_to_migrator(database); !given) return fail(given.error());
  const bool awaits = database.context().settings.migrating.mode == MigrateMode::wait;
  auto upgrade = open_upgrade(database.context(), awaits ? Purpose::await : Purpose::apply, database.stop());
  if (!upgrade) return fail(upgrade.error());
  if (auto done = prepare(database, upgrade->get()); !done) return fail(done.error());
  return 0;
}

}  // namespace pge
