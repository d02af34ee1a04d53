#include "apply/part_run.hpp"

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

Result<> start_row(const Turn& turn, const PartRun& run) {
  if (run.direction == Direction::apply) return turn.history.begin(turn.lock, *run.migration);
  return turn.history.begin_revert(turn.lock, run.key, run.part.steps());
}

Result<> finish_row(const Turn& turn, const PartRun& run, milliseconds took) {
  if (run.direction == Direction::apply) return turn.history.complete(turn.lock, run.key, took);
  return turn.history.remove(turn.lock, run.key);
}

}  // namespace pge
