#include "migrator/migrator_run.hpp"

#include <algorithm>
#include <format>
#include <utility>

#include "core/patience.hpp"
#include "core/utf8.hpp"
#include "migrator/migrator_failure.hpp"
#include "postgres/blockers.hpp"
#include "process/oom_kills.hpp"
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

/// Often enough to see who is in the way before a lock time-out.
milliseconds interval_for(milliseconds lock_timeout) {
  if (lock_timeout.count() == 0) return patience::child_check;
  return std::clamp(lock_timeout / 4, patience::shortest_child_check, patience::child_check);
}

Result<Outcome> run_once(const Turn& turn, const MigratorCommand& migrator, const SignalState& inherited, Log& log,
                         Signs& signs) {
  const milliseconds limit = migrator.lock_timeout;
  auto watch =
      BlockerWatch::begin(turn.session, turn.connection, limit.count() == 0 ? patience::wait_for_lock : limit / 2);
  if (!watch) return fail(watch.error());
  const ChildCare care{.line =
                           [&](std::string_view line) {
                             signs.look_at(line, migrator.passed);
                             tell(log, migrator.name, line);
                           },
                       .check =
                           [&] {
                             auto held = turn.lock.verify();
                             return held ? watch->look() : held;
                           },
                       .check_every = interval_for(limit),
                       .finish_on_stop = turn.finish_on_stop};
  return run_child(migrator.command, inherited, care, turn.session.stop());
}

}  // namespace

Result<> run_migrator(const Turn& turn, const MigratorCommand& migrator, unsigned retries, const SignalState& inherited,
                      Log& log) {
  Jitter jitter;
  for (unsigned tries = 0;; ++tries) {
    if (auto held = turn.lock.verify(); !held) return held;
    log.info("migrator started", {{"command", migrator.command_line}});
    Signs signs;
    const auto oom_kills_before = oom_kills();
    const auto outcome = run_once(turn, migrator, inherited, log, signs);
    if (!outcome) return fail(outcome.error());
    if (exit_status(*outcome) == 0) return {};
    const std::string why_killed = reason_of_sigkill(oom_kills_before, oom_kills());
    Error failure = explain_migrator_failure(migrator, *outcome, signs, why_killed);
    if (tries >= retries) return fail(std::move(failure));
    const milliseconds pause = patience::migrator_retry.pause(tries, jitter());
    log.warning(failure.message + "; retrying", {{"try", tries + 1}, {"of", retries + 1}, {"pause_ms", pause}});
    if (auto slept = turn.session.stop().pause(pause); !slept) return slept;
  }
}

}  // namespace pge
