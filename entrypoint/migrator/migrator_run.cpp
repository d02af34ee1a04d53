#include "migrator/migrator_run.hpp"

#include <algorithm>
#include <csignal>
#include <format>
#include <optional>
#include <thread>
#include <utility>

#include "core/patience.hpp"
#include "core/utf8.hpp"
#include "migrator/last_lines.hpp"
#include "migrator/migrator_failure.hpp"
#include "migrator/migrator_retries.hpp"
#include "postgres/blockers.hpp"
#include "postgres/connect.hpp"
#include "process/oom_kills.hpp"
#include "process/run_child.hpp"

namespace pge {
namespace {

/// What is kept of what one run writes.
struct RunOutput {
  Signs signs = {};
  LastLines last = {};
};

/// While it exists, the session with the lock has to answer soon: a server that does not hear from us frees the lock,
/// and the migrator has to be gone by then.
class SoonAnswered {
 public:
  explicit SoonAnswered(Session& session) : session_(session) { session_.answer_within(patience::lock_check); }
  ~SoonAnswered() { session_.answer_within(patience::own_statement); }
  SoonAnswered(const SoonAnswered&) = delete;
  SoonAnswered& operator=(const SoonAnswered&) = delete;

 private:
  Session& session_;
};

/// Logs a line of the migrator, which was masked as a whole, in pieces that fit into an event.
void tell(Log& log, const std::string& name, std::string_view masked) {
  constexpr std::size_t piece = 2000;
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

void tell_ending(Log& log, int number, const Leftovers& left) {
  if (number == SIGKILL) {
    log.warning("processes of the migrator did not end: they get SIGKILL",
                {{"count", left.count}, {"processes", listed(left)}});
  } else {
    log.info("the migrator has left processes running: they get SIGTERM",
             {{"count", left.count}, {"processes", listed(left)}});
  }
}

/// Runs it with the lock's socket open in all that could still be migrating (docs/adr/0011-ending-a-migrator.md).
Result<Outcome> run_holding(const Turn& turn, const MigratorCommand& migrator, const SignalState& inherited,
                            Lifeline& lifeline, ChildCare care, Log& log) {
  const LifelineHold held(lifeline, turn.session.socket());
  if (!held.complete()) {
    log.warning(
        "the lock cannot be kept by two processes: if one of ours is killed, the migrator may outlive the lock");
  }
  bool ended_by_us = false;
  care.ending = [&](int number, const Leftovers& left) {
    ended_by_us = true;
    tell_ending(log, number, left);
  };
  care.parent_gone = lifeline.parent_gone();
  Command command = migrator.command;
  command.kept_open = turn.session.socket();
  auto outcome = run_child(std::move(command), inherited, care, turn.session.stop());
  // By a signal, also of a program that a shell has started: then the shell's status is 128+n.
  const bool was_killed = !outcome || exit_status(*outcome) > signal_exit_status(0);
  // A statement of a migrator that was killed runs on until the server looks for its client.
  if (was_killed || ended_by_us) std::this_thread::sleep_for(patience::server_notices);
  return outcome;
}

Result<Outcome> run_once(const Turn& turn, const MigratorCommand& migrator, const SignalState& inherited,
                         Lifeline& lifeline, Log& log, RunOutput& output) {
  const milliseconds limit = migrator.lock_timeout;
  const SoonAnswered soon(turn.session);
  auto watch =
      BlockerWatch::begin(turn.session, turn.connection, limit.count() == 0 ? patience::wait_for_lock : limit / 2);
  if (!watch) return fail(watch.error());
  ChildCare care{.line =
                     [&](std::string_view line) {
                       const std::string masked = log.redactor()(line);
                       output.signs.look_at(line, migrator.passed);
                       output.last.add(masked);
                       tell(log, migrator.name, masked);
                     },
                 .check =
                     [&] {
                       auto held = turn.lock.verify();
                       return held ? watch->look() : held;
                     },
                 .ending = {},
                 .check_every = interval_for(limit),
                 .finish_on_stop = turn.finish_on_stop};
  return run_holding(turn, migrator, inherited, lifeline, std::move(care), log);
}

/// Whether the server has no connection left, by the answer to one of our own: not every migrator says why it failed.
bool is_full(const Turn& turn) {
  Session& ours = turn.session;
  auto beside = connect_beside(ours, turn.connection, patience::look_at_migrator, ours.stop(), ours.events());
  return !beside && beside.error().is_sqlstate("53300");
}

/// Whether our session was lost as well, so that the database has failed. When a server process crashes, the server
/// ends the others a moment later.
std::optional<Error> lost_session(const Turn& turn) {
  auto held = turn.lock.verify();
  if (held) {
    turn.session.stop().sleep(patience::outage_shows);
    held = turn.lock.verify();
  }
  if (held || !held.error().may_reconnect()) return std::nullopt;
  return held.error();
}

}  // namespace

Result<> run_migrator(const Turn& turn, const MigratorCommand& migrator, unsigned retries, const SignalState& inherited,
                      Lifeline& lifeline, Log& log) {
  Jitter jitter;
  MigratorRetries again(retries, turn.lock_policy.timeout);
  for (;;) {
    if (auto held = turn.lock.verify(); !held) return held;
    log.info("migrator started", {{"command", migrator.command_line}});
    RunOutput output;
    const auto oom_kills_before = oom_kills();
    const auto outcome = run_once(turn, migrator, inherited, lifeline, log, output);
    if (!outcome) return fail(outcome.error());
    if (exit_status(*outcome) == 0) return {};
    if (!output.signs.has(Sign::no_connection) && is_full(turn)) output.signs.add(Sign::no_connection);
    const std::string why_killed = reason_of_sigkill(oom_kills_before, oom_kills());
    Error failure = explain_migrator_failure(migrator, *outcome, output.signs, why_killed, output.last.text());
    if (const auto lost = lost_session(turn)) return fail(explain_migrator_outage(failure, *lost));
    auto retry = again.after(failure, Clock::now(), jitter());
    if (!retry) return fail(std::move(failure));
    if (!failure.output.empty()) retry->fields.emplace_back("output", failure.output);
    log.event(Level::warning, failure.message + "; retrying", retry->fields);
    if (auto slept = turn.session.stop().pause(retry->pause); !slept) return slept;
  }
}

}  // namespace pge
