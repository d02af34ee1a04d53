#pragma once

#include <string>
#include <string_view>

#include "apply/turn.hpp"
#include "core/error.hpp"
#include "log/log.hpp"
#include "process/command.hpp"
#include "process/signals.hpp"

namespace pge {

/// A migrator's command with how it is named in the log.
struct MigratorCommand {
  Command command;
  std::string command_line;  ///< its words, for messages
  std::string name;          ///< the program, in front of each line that it writes
};

/// Run the migrator during our turn, again at most `retries` times after it has failed; its output goes to the log line
/// by line. Fails with `migration_failed` when its last run did, and with what was wrong when the lock is lost or a
/// stop comes.
Result<> run_migrator(const Turn& turn, const MigratorCommand& migrator, unsigned retries, const SignalState& inherited,
                      Log& log);

}  // namespace pge
