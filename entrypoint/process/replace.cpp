#include "process/replace.hpp"

#include <csignal>
#include <utility>

#include "process/own_process.hpp"
#include "process/program.hpp"

namespace pge {

Error replace_process(const Command& command, const SignalState& inherited, const StopSignals& stops) {
  auto program = Program::prepare(command);
  if (!program) return std::move(program.error());
  if (const int stop = pending_stop(stops); stop != 0) return stopped_by(stop);
  resign_as_subreaper();
  drop_own_signals();
  Error error = program->explain(program->become(inherited, 0));
  // Signals are delivered again, and the log may have lost its reader.
  signal(SIGPIPE, SIG_IGN);
  return error;
}

}  // namespace pge
