#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "apply/turn.hpp"
#include "migrations/migration.hpp"

namespace pge {

/// A list of statements with what frames it: the up part or the down part of a migration.
struct Script {
  std::string label;  ///< "7_create_votes"
  Key key;
  const Part& part;
  std::optional<Resume> resume;  ///< goes on where an interrupted run stands
  milliseconds lock_timeout{0};
  std::string verb;                                   ///< "applied", "reverted"
  std::function<Result<>()> begin;                    ///< writes the history row that says: begun
  std::function<Result<>(milliseconds took)> finish;  ///< writes the row that says: done
};

/// An error of the server's, told as the failure of a place in the script's file.
Error in_migration(const Script& script, const Statement& statement, Error error);

/// One statement of a script; a failure is told with its place in the file, and what is not the file's fault (a lost
/// connection, a server that stops) is told as such.
Result<> run_statement(const Workbench& bench, const Script& script, const Statement& statement,
                       milliseconds lock_timeout);

/// Try again, after a pause, what gave way to a lock; `attempt` leaves nothing behind when it fails.
Result<> with_retries(const Workbench& bench, const Script& script, const std::function<Result<>()>& attempt);

/// BEGIN, with the transaction-level lock; then `body`; then COMMIT. Rolled back when anything fails.
Result<> in_transaction(const Workbench& bench, const std::function<Result<>()>& body);

/// All in one transaction, history row first; tried again from the start when it gives way to a lock.
Result<> run_in_transaction(const Workbench& bench, const Script& script);

}  // namespace pge
