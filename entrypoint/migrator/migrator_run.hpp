#pragma once

#include <string>
#include <vector>

#include "apply/turn.hpp"
#include "core/error.hpp"
#include "log/log.hpp"
#include "postgres/startup_options.hpp"
#include "process/command.hpp"
#include "process/lifeline.hpp"
#include "process/signals.hpp"

namespace pge {

/// A migrator's command with how it is named in the log.
struct MigratorCommand {
  Command command;
  std::string command_line;                 ///< its words, for messages
  std::string name;                         ///< the program, in front of each line that it writes
  std::vector<StartupSetting> passed = {};  ///< what its sessions were asked to start with
  milliseconds lock_timeout{0};             ///< --lock-timeout, where it was said; 0: none
};

/// Run the migrator during our turn, again as `MigratorRetries` says after it has failed; its output goes to the log
/// line by line, and so does who holds the locks that it waits for. Nothing of it is left when this returns, and
/// nothing is left either when the lock becomes free because this process, or its parent at the other end of
/// `lifeline`, was killed. Fails as `explain_migrator_failure` says when its last run did, as `explain_migrator_outage`
/// says when our session was lost with it, and with what was wrong when the lock is lost or a stop comes.
Result<> run_migrator(const Turn& turn, const MigratorCommand& migrator, unsigned retries, const SignalState& inherited,
                      Lifeline& lifeline, Log& log);

}  // namespace pge
