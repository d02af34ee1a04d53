#include "migrator/migrator_run.hpp"

#include <csignal>
#include <format>

#include "core/patience.hpp"
#include "core/utf8.hpp"
#include "process/run_child.hpp"

namespace pge {
namespace {

/// Logs a line of the migrator: masked as a whole, then in pieces that fit into an event.
void tell(Log& log, const std::string& name, std::string_view line) {
  constexpr std::size_t piece = 2000;
  const std::string masked = log.redactor()(line);
  for (std::string_view rest = masked; !rest.empty();) {
    std::size_t end = rest.size() <= piece ? rest.size() : rest.rfind(' ', piece);
    if (end == std::string_view::npos || end == 0) end = utf8_prefix(rest, piece).size();
    log.info(std::format("{}: {}", name, rest.substr(0, end)));
    rest.remove_prefix(end);
  }
}

Error failed(const MigratorCommand& migrator, const Outcome& outcome) {
  const auto* signaled = std::get_if<Signaled>(&outcome);
  if (signaled == nullptr) {
    return {
        .code = ExitCode::migration_failed,
        .message = std::format("the migrator exited with status {}: {}", exit_status(outcome), migrator.command_line),
        .hint = "its output is above, after its name; fix the cause and start again"};
  }
  return {.code = ExitCode::migration_failed,
          .message = std::format("the migrator was killed by signal {}: {}", signaled->number, migrator.command_line),
          .hint = signaled->number == SIGKILL ? "out of memory? raise the container's limit"
                                              : "its output is above, after its name; fix the cause and start again"};
}

Result<> run_once(const Turn& turn, const MigratorCommand& migrator, const SignalState& inherited, Log& log) {
  const ChildCare care{.line = [&](std::string_view line) { tell(log, migrator.name, line); },
                       .check = [&] { return turn.lock.verify(); },
                       .finish_on_stop = turn.finish_on_stop};
  auto outcome = run_child(migrator.command, inherited, care, turn.session.stop());
  if (!outcome) return fail(outcome.error());
  if (exit_status(*outcome) == 0) return {};
  return fail(failed(migrator, *outcome));
}

}  // namespace

Result<> run_migrator(const Turn& turn, const MigratorCommand& migrator, unsigned retries, const SignalState& inherited,
                      Log& log) {
  Jitter jitter;
  for (unsigned tries = 0;; ++tries) {
    if (auto held = turn.lock.verify(); !held) return held;
    log.info("migrator started", {{"command", migrator.command_line}});
    auto done = run_once(turn, migrator, inherited, log);
    if (done) return done;
    const bool failed = done.error().code == ExitCode::migration_failed && !done.error().is_stop();
    if (!failed || tries >= retries) return done;
    const milliseconds pause = patience::migrator_retry.pause(tries, jitter());
    log.warning(done.error().message + "; retrying", {{"try", tries + 1}, {"of", retries + 1}, {"pause_ms", pause}});
    if (auto slept = turn.session.stop().pause(pause); !slept) return slept;
  }
}

}  // namespace pge
