#include "run/stages.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <thread>

#include "core/patience.hpp"
#include "postgres/runtime.hpp"
#include "process/lifeline.hpp"
#include "process/oom_kills.hpp"
#include "process/orphans.hpp"
#include "process/own_process.hpp"
#include "process/stage.hpp"
#include "process/supervise.hpp"

namespace pge {
namespace {

/// The error for a stage that a stop ended inside a library, before it could report. Its status is "in doubt" if it did
/// not know whether a COMMIT succeeded.
Error stopped_without_a_word(const SupervisionEnd& end, int status) {
  Error error = stopped_by(end.stop_signal);
  if (status != static_cast<int>(ExitCode::in_doubt)) return error;
  error.code = ExitCode::in_doubt;
  error.next = Next::outcome_unknown(end.stop_signal);
  error.message += " while reconnecting: the outcome of the COMMIT is unknown";
  error.hint = "start again when the database is back: the history shows what was committed";
  return error;
}

Error killed_by(int signal, std::optional<std::uint64_t> oom_kills_before) {
  return {.code = ExitCode::internal,
          .message = "the preparing process was killed by signal " + std::to_string(signal),
          .hint = signal == SIGKILL  ? reason_of_sigkill(oom_kills_before, oom_kills()) + "; starting again is safe"
                  : signal == SIGBUS ? "was a migration file truncated meanwhile? starting again is safe"
                                     : "a bug in pg-entrypoint: please report it; starting again is safe"};
}

/// The stage has ended without ending its migrator, which it does unless it is killed itself. The lock's session lives
/// until `lifeline` does, so it is done here; no grace, because the migrator has lost its own parent by now.
void end_migrator(const Context& context) noexcept {
  const bool gone = kill_remaining_children();
  std::this_thread::sleep_for(patience::server_notices);
  if (gone) return;
  try {
    context.log.warning("processes of the migrator cannot be killed, and may still be migrating",
                        {{"processes", listed(find_leftovers())}});
  } catch (const std::exception&) {
    return;  // out of memory: the exit status has to do
  }
}

}  // namespace

int supervise_stage(const Context& context, Stage stage, const Command& command) {
  Lifeline lifeline;
  const auto oom_kills_before = oom_kills();
  const auto child = fork_stage();
  if (!child) return context.leave_with(child.error());
  if (*child == 0) {
    lifeline.join();
    if (uses_database(context.settings)) settle_openssl();
    Context in_stage = context;
    in_stage.lifeline = &lifeline;
    run_stage(stage, in_stage, command);
  }

  const bool finishes = context.settings.migrating.on_stop == OnStop::finish;
  const SupervisionEnd end = supervise(*child, {.stops = context.settings.serving.stop_signals,
                                                .forward_all = false,
                                                .kill_after = finishes ? milliseconds(0) : patience::stage_end});
  if (lifeline.still_holds()) end_migrator(context);
  if (const auto* killed = std::get_if<Signaled>(&end.outcome)) {
    return context.leave_with(end.stop_signal != 0 ? stopped_by(end.stop_signal)
                                                   : killed_by(killed->number, oom_kills_before));
  }
  const int status = exit_status(end.outcome);
  if (end.stop_signal == 0) return status;
  if (status == 0) return signal_exit_status(end.stop_signal);
  // A stop that was delivered inside a library ended the stage before it could report.
  if (!context.report.end_is_told()) context.log.report(stopped_without_a_word(end, status));
  return status;
}

}  // namespace pge
