#include "commands/alembic_look.hpp"
#include "commands/command.hpp"
#include "run/migrations_wait.hpp"

namespace pge {

/// Waits until the database answers; with --for-migrations, until somebody else has migrated.
Result<int> run_wait(Database& database) {
  if (database.context().settings.arguments.for_migrations) {
    auto upgrade = open_for_look(database.context(), Purpose::await, database.stop());
    if (!upgrade) return fail(upgrade.error());
    if (auto done = wait_for_migrations(database, **upgrade); !done) return fail(done.error());
    return 0;
  }
  if (auto session = database.wait(); !session) return fail(session.error());
  return 0;
}

}  // namespace pge
