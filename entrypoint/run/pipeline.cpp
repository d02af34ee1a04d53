#include "run/pipeline.hpp"

#include <csignal>

#include "config/environment.hpp"
#include "process/chown.hpp"
#include "process/launch.hpp"
#include "process/remaining.hpp"
#include "process/replace.hpp"
#include "process/self.hpp"
#include "process/stage.hpp"
#include "process/supervise.hpp"
#include "run/prepare_report.hpp"

namespace pge {
namespace {

/// A stage ends within a second of a stop (two in COMMIT); one that hangs in a library is killed, which is safe.
constexpr milliseconds stage_patience{3000};

/// From one session to the next: a lost connection starts again here, and reads again what is true now.
Result<> prepare_once(Preparation& preparation, Upgrade* upgrade) {
  auto session = preparation.wait_for_database();
  if (!session) return std::unexpected(session.error());
  if (upgrade == nullptr) return {};
  // The database answers.
  History history = preparation.history_of(*session);
  auto pending = upgrade->pending(*session, history, false);
  if (!pending) return std::unexpected(pending.error());
  if (!*pending) return upgrade->tell_done(), Result<>();
  if (preparation.settings().migrate == MigrateMode::check) return fail(upgrade->behind());
  if (auto feasible = upgrade->check_feasible(); !feasible) return feasible;
  // Something is pending: from here on we need the primary, a session of our own, and our turn.
  if (auto ready = preparation.make_ready_to_write(*session); !ready) return ready;
  auto lock = preparation.take_lock(*session, [&] { return upgrade->pending(*session, history, false); });
  if (!lock) return std::unexpected(lock.error());
  if (!*lock) return upgrade->tell_done(), Result<>();
  // The lock is ours: what is pending now stays pending until we do it.
  const auto still_pending = [&]() -> Result<bool> {
    auto still = upgrade->pending(*session, history, true);
    if (still && !*still) upgrade->tell_done();
    return still;
  };
  return preparation.under_lock(*session, **lock, history, still_pending,
                                [&](const Workbench& bench) { return upgrade->carry_out(bench); });
  // The schema is what the files say; the lock is free.
}

/// The application, in the environment and with the rights that it shall have.
Result<Command> application(const Settings& settings, const std::vector<std::string>& environment) {
  Command command{.argv = settings.application, .environment = application_environment(environment)};
  if (settings.user.empty()) return command;
  auto identity = resolve_identity(settings.user);
  if (!identity) return std::unexpected(identity.error());
  if (auto possible = check_identity(*identity); !possible) return std::unexpected(possible.error());
  command.identity = std::move(*identity);
  return command;
}

Result<> give_directories(const Settings& settings, const Command& command, StopToken& stop) {
  for (const std::string& directory : settings.chown) {
    const DeliverStops deliver(stop);  // a large tree takes its time, and may be left half done
    if (auto given = chown_tree(directory, command.identity->uid, command.identity->gid); !given) return given;
  }
  return {};
}

int leave_with(const Error& error, Log& log) {
  log.report(error);
  PrepareReport::shared().end_told = true;
  return error.exit_status();
}

/// For a stage that a stop has ended inside a library; it leaves with "in doubt" when it did not know what was
/// committed.
Error stopped_without_a_word(const SupervisionEnd& end, int status) {
  Error error = stopped_by(end.stop_signal);
  if (status != static_cast<int>(ExitCode::in_doubt)) return error;
  error.code = ExitCode::in_doubt;
  error.message += " while connecting again: the outcome of the COMMIT is unknown";
  error.hint = "start again when the database is back: the history tells what was committed";
  return error;
}

/// A misspelt command or subcommand should not migrate first.
Result<> check_command(const Command& command, const std::string& hint) {
  const auto found = find_candidates(command);
  if (found) return {};
  Error error = found.error();
  if (error.code == ExitCode::not_found && !hint.empty()) error.hint = hint;
  return fail(std::move(error));
}

int prepare_stage(const Settings& settings, const Command& command, const ChildSetting& child, Log& log) {
  StopToken stop;
  if (auto given = give_directories(settings, command, stop); !given) return leave_with(given.error(), log);
  auto preparation = Preparation::open(settings, log, stop);
  if (!preparation) return leave_with(preparation.error(), log);
  auto upgrade = preparation->reading([&] { return open_upgrade(settings, log, child); });
  if (!upgrade) return leave_with(upgrade.error(), log);
  auto prepared = prepare(*preparation, upgrade->get());
  return prepared ? 0 : leave_with(prepared.error(), log);
}

int serve(const Command& command, const Settings& settings, const SignalState& inherited, Log& log) {
  const auto child = spawn(command, inherited);
  if (!child) return leave_with(child.error(), log);
  set_process_name("pge:serving");
  const auto now = Clock::now().time_since_epoch();
  const std::chrono::nanoseconds answered{PrepareReport::shared().answered_ns.load()};
  const std::chrono::nanoseconds since = answered.count() == 0 ? answered : now - answered;
  log.info("application started", {{"pid", *child}, {"since_answer_ms", since}});
  settle_as_supervisor();
  const SupervisionEnd end = supervise(*child, {});
  // The application has ended; what it left behind ends with it.
  set_process_name("pge:ending");
  end_remaining_children(settings.orphan_grace);
  const int status = exit_status(end.outcome);
  log.info("application ended", {{"status", status}});
  return status;
}

}  // namespace

Result<> prepare(Preparation& preparation, Upgrade* upgrade) {
  return preparation.reconnecting([&] { return prepare_once(preparation, upgrade); });
}

int supervise_stage(const std::function<int()>& stage, const Settings& settings, Log& log) {
  const PrepareReport& report = PrepareReport::shared();  // before the fork, so that both sides have it
  const auto child = fork_stage(stage);
  if (!child) return leave_with(child.error(), log);
  const milliseconds patience = settings.on_stop == OnStop::finish ? milliseconds(0) : stage_patience;
  const SupervisionEnd end = supervise(*child, {.forward_all = false, .kill_after = patience});
  if (const auto* killed = std::get_if<Signaled>(&end.outcome)) {
    if (end.stop_signal != 0) return leave_with(stopped_by(end.stop_signal), log);
    return leave_with(
        {.code = ExitCode::internal,
         .message = "the preparing process was killed by signal " + std::to_string(killed->number),
         .hint = killed->number == SIGKILL  ? "out of memory? raise the container's limit; starting again is safe"
                 : killed->number == SIGBUS ? "was a migration file truncated meanwhile? starting again is safe"
                                            : "a fault of ours: please report it; starting again is safe"},
        log);
  }
  const int status = exit_status(end.outcome);
  // A stop that was delivered inside a library ended the stage without a word.
  if (end.stop_signal != 0 && status != 0 && !report.end_told) log.report(stopped_without_a_word(end, status));
  return status == 0 && end.stop_signal != 0 ? signal_exit_status(end.stop_signal) : status;
}

int run_pipeline(Settings& settings, const std::vector<std::string>& environment, const SignalState& inherited,
                 Log& log) {
  auto command = application(settings, environment);
  if (!command) return leave_with(command.error(), log);
  if (auto known = check_command(*command, settings.command_hint); !known) return leave_with(known.error(), log);
  set_process_name("pge:preparing");

  const ChildSetting child{.environment = environment, .inherited = inherited};
  const auto stage = [&] { return prepare_stage(settings, *command, child, log); };
  if (const int status = settings.exec ? stage() : supervise_stage(stage, settings, log); status != 0) return status;
  // Prepared: the database answers, nothing is pending, no lock is held.
  forget(settings.database);
  if (const int stopped = pending_stop(); stopped != 0) return leave_with(stopped_by(stopped), log);

  if (settings.exec) return leave_with(replace_process(*command, inherited), log);
  return serve(*command, settings, inherited, log);
}

}  // namespace pge
