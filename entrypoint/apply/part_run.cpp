#include "apply/part_run.hpp"

#include "postgres/login_defaults.hpp"

namespace pge {

PartRun PartRun::of(const PlannedMigration& planned, const LockRetries& retries) {
  const Migration& migration = *planned.migration;
  return {.part = migration.up,
          .direction = Direction::apply,
          .key = migration.key,
          .label = migration.label(),
          .migration = &migration,
          .resume = planned.resume,
          .lock_timeout = migration.up.lock_timeout.value_or(retries.lock_timeout)};
}

PartRun PartRun::of(const PlannedRevert& planned, const LockRetries& retries) {
  return {.part = planned.part,
          .direction = Direction::revert,
          .key = planned.applied->key,
          .label = planned.applied->label(),
          .migration = nullptr,
          .resume = planned.resume,
          .lock_timeout = planned.part.lock_timeout.value_or(retries.lock_timeout),
          .is_kept = planned.is_kept};
}

void tell_started(const Turn& turn, const PartRun& run) {
  if (run.resume) return;
  if (run.direction == Direction::apply) {
    turn.session.events().info("migration started", {{"version", run.key.version}, {"name", run.label}});
  } else {
    turn.session.events().info("reverting a migration", {{"version", run.key.version}, {"name", run.label}});
  }
}

void tell_done(const Turn& turn, const PartRun& run, Clock::duration took) {
  Events& events = turn.session.events();
  if (run.part.statements.empty()) {
    events.warning("the migration has only comments: nothing was run",
                   {{"version", run.key.version}, {"name", run.label}});
  }
  const std::initializer_list<Field> fields{{"version", run.key.version}, {"name", run.label}, {"ms", took}};
  if (run.direction == Direction::apply) {
    events.info("migration applied", fields);
  } else {
    events.info("migration reverted", fields);
  }
}

Result<> verify_session(const Turn& turn) {
  if (auto held = turn.lock.verify(); !held) return held;
  return check_login_defaults(turn.session);
}

OwnStatement starting_row(const Turn& turn, const PartRun& run) {
  if (run.direction == Direction::apply) {
    run.migration->checksum.start();
    return turn.history.beginning_next(turn.lock, *run.migration);
  }
  return turn.history.reverting(turn.lock, run.key, run.part.steps());
}

OwnStatement finished_row(const Turn& turn, const PartRun& run, milliseconds before) {
  if (run.direction == Direction::apply) return turn.history.completion(turn.lock, *run.migration, before);
  return turn.history.removal(turn.lock, run.key);
}

Result<> start_row(const Turn& turn, const PartRun& run) {
  if (run.direction == Direction::apply) return turn.session.run(turn.history.beginning(turn.lock, *run.migration));
  return turn.session.run(turn.history.reverting(turn.lock, run.key, run.part.steps()));
}

Result<> finish_row(const Turn& turn, const PartRun& run, milliseconds took) {
  if (run.direction == Direction::apply) return turn.history.complete(turn.lock, run.key, took);
  return turn.session.run(turn.history.removal(turn.lock, run.key));
}

}  // namespace pge
