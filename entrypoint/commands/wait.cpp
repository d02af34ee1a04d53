#include "commands/command.hpp"

namespace pge {

/// Waits until the database answers.
Result<int> run_wait(Database& database) {
  if (auto session = database.wait(); !session) return fail(session.error());
  return 0;
}

}  // namespace pge
