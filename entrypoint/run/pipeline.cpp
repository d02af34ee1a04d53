#include "run/pipeline.hpp"

#include <csignal>
#include <tuple>
#include <utility>

#include "config/environment.hpp"
#include "process/launch.hpp"
#include "process/own_process.hpp"
#include "process/replace.hpp"
#include "run/application.hpp"
#include "run/counting.hpp"
#include "run/history_settings.hpp"
#include "run/look.hpp"
#include "run/metrics.hpp"
#include "run/migrations_wait.hpp"
#include "run/pooled_upgrade.hpp"
#include "run/stages.hpp"
#include "run/take_turn.hpp"
#include "run/unreadable_tables.hpp"

namespace pge {
namespace {

Result<> prepare_once(Database& database, Upgrade* upgrade) {
  auto session = database.wait();
  if (!session) return fail(session.error());
  if (upgrade == nullptr) return {};
  // The database answers.
  History history = database.history_of(*session);
  auto pending = look_for_pending(database, *session, history, *upgrade, Strictness::lenient);
  if (!pending) return fail(pending.error());
  const Context& context = database.context();
  count_pending(context, *upgrade, *pending);
  if (!*pending) return upgrade->tell_done(), Result<>();
  const MigratingSettings& settings = context.settings.migrating;
  if (settings.mode == MigrateMode::check) return fail(upgrade->behind());
  if (auto feasible = upgrade->check_feasible(); !feasible) return feasible;
  // Something is pending: from here on the primary and the lock are needed, and a session or else one transaction for
  // each file.
  if (settings.allow_pooler) return upgrade_through_pooler(database, *session, history, *upgrade);
  auto turn = take_turn(database, *session, history, upgrade);
  if (!turn) return fail(turn.error());
  if (!*turn) return count_pending(context, *upgrade, false), upgrade->tell_done(), Result<>();
  // The lock is held: what is pending now stays pending until this process applies it.
  pending = upgrade->pending(*session, history, Strictness::strict);
  if (!pending) return fail(pending.error());
  database.outcome_is_known();
  count_pending(context, *upgrade, *pending);
  if (!*pending) upgrade->tell_done();
  const auto carry_out = [&] { return upgrade->carry_out(**turn); };
  auto done = std::move(**turn).release_after(*pending ? count_work(context, *upgrade, carry_out) : Result<>());
  if (done && *pending) tell_unreadable_tables(context, *session);
  return done;
  // The schema is what the files say; the lock is free.
}

/// What is wrong with the files is told rather than what has failed before they were needed: waiting for a database
/// does not help then. A stop ends the process there, also one that is itself the failure: the file system may not
/// answer.
Result<> or_fault_of_files(Upgrade& upgrade, const StopToken& stop, Error failure) {
  const DeliverStops deliver(stop);
  if (failure.is_stop()) {
    if (upgrade.is_reading()) raise(failure.next.stop_signal());
    return fail(std::move(failure));
  }
  auto read = upgrade.finish_reading();
  return read ? fail(std::move(failure)) : read;
}

Result<> prepare_in_sessions(Database& database, Upgrade* upgrade) {
  if (auto understood = database.create_if_missing(); !understood) return understood;
  for (;;) {
    // What needs another session starts again here, and reads again what is true now. Who waits for the lock has none
    // meanwhile.
    auto done = prepare_once(database, upgrade);
    if (done || !database.reconnects_after(done.error())) {
      return done ? done : Result<>(fail(database.final_error(done.error())));
    }
  }
}

/// A stop ends the process meanwhile: the command may lie on a network file system that does not answer.
Result<> look_deliverably(const Context& context, const Command& command, const StopToken& stop) {
  const DeliverStops deliver(stop);
  return look_at_command(context, command);
}

int prepare_stage(const Context& context, const Command& command) {
  StopToken stop(context.settings.serving.stop_signals);
  // Without --user there is no --chown.
  if (command.identity) {
    if (auto given = give_directories(context, *command.identity, stop); !given)
      return context.leave_with(given.error());
  }
  if (auto sound = look_deliverably(context, command, stop); !sound) return context.leave_with(sound.error());
  const MigratingSettings& settings = context.settings.migrating;
  auto table = history_table(context.settings);
  if (!table) return context.leave_with(table.error());
  Database database(context, stop, *std::move(table));
  std::unique_ptr<Upgrade> upgrade;
  if (settings.mode == MigrateMode::off) {
    context.log.warning(
        "migrating is off (--migrate, PG_ENTRYPOINT_MIGRATE): migrations are neither applied nor checked");
  } else {
    auto opened = open_upgrade(context, purpose_of(settings.mode), stop);
    if (!opened) return context.leave_with(opened.error());
    upgrade = *std::move(opened);
  }
  const auto prepared = prepare(database, upgrade.get());
  // Rows and files are given back by the end of the process, which is now, and not one by one.
  std::ignore = upgrade.release();
  return prepared ? 0 : context.leave_with(prepared.error());
}

}  // namespace

Result<> prepare(Database& database, Upgrade* upgrade) {
  if (upgrade == nullptr) return prepare_in_sessions(database, nullptr);
  if (upgrade->reads_history_first()) database.expect_history_first();
  database.before_waiting([upgrade] { return upgrade->finish_reading(); });
  auto done = database.context().settings.migrating.mode == MigrateMode::wait ? wait_for_migrations(database, *upgrade)
                                                                              : prepare_in_sessions(database, upgrade);
  return done ? done : or_fault_of_files(*upgrade, database.stop(), std::move(done.error()));
}

int run_pipeline(const Context& context) {
  auto command = application_command(context);
  if (!command) return leave_metrics(context, context.leave_with(command.error()));
  set_process_name("pge:preparing");

  const bool prepares = uses_database(context.settings);
  const int status =
      leave_metrics(context, prepares ? supervise_stage(context, prepare_stage, *command) : pass_by(context, *command));
  if (status != 0) return status;
  // Prepared: the database answers, nothing is pending, no lock is held. Or none of that was wanted.
  const bool had_secret = is_migrating_url(context.settings.waiting.database);
  forget(context.settings.waiting.database);
  if (context.settings.serving.database) forget(*context.settings.serving.database);
  forget(context.settings.migrator.variables);
  const StopSignals& stops = context.settings.serving.stop_signals;
  if (const int stopped = pending_stop(stops); stopped != 0) return context.leave_with(stopped_by(stopped));

  if (context.settings.serving.exec) return context.leave_with(replace_process(*command, context.inherited, stops));
  // Only the stage has connected, and it is gone: no copy of the owner's URL is left.
  if (had_secret) make_dumpable();
  return serve(context, *std::move(command));
}

}  // namespace pge
