#include "commands/command.hpp"
#include "run/pipeline.hpp"

namespace pge {

/// wait, lock, migrate, exit: for an init container, a Job or CI.
Result<int> run_migrate(Database& database) {
  auto upgrade = open_upgrade(database.context(), Purpose::apply, database.stop());
  if (!upgrade) return fail(upgrade.error());
  if (auto done = prepare(database, upgrade->get()); !done) return fail(done.error());
  return 0;
}

}  // namespace pge
