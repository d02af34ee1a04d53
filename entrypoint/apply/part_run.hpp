#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "apply/turn.hpp"
#include "migrations/migration.hpp"
#include "plan/plan.hpp"
#include "plan/revert_plan.hpp"

namespace pge {

enum class Direction : std::uint8_t { apply, revert };

/// One part of a migration that is run now: in which direction, which row of the history it belongs to, where it
/// resumes. Refers to the plan and what that refers to.
struct PartRun {
  const Part& part;
  Direction direction = Direction::apply;
  const Key& key;
  std::string label;                    ///< "7_create_votes"
  const Migration* migration;           ///< what the row tells of; nullptr when a row is reverted
  const std::optional<Resume>& resume;  ///< where an interrupted run stands
  milliseconds lock_timeout{0};
  bool is_kept = false;  ///< the part comes from the history, not from a file

  static PartRun of(const PlannedMigration& planned, const LockRetries& retries);
  static PartRun of(const PlannedRevert& planned, const LockRetries& retries);
};

/// Logs that the part starts, unless it resumes.
void tell_started(const Turn& turn, const PartRun& run);

/// Logs that the part is done.
void tell_done(const Turn& turn, const PartRun& run, Clock::duration took);

/// Makes sure that the lock is held, and that the session has the defaults that one would get which is opened now, as a
/// start between two files would open it.
Result<> verify_session(const Turn& turn);

/// Write the row that says that the part is under way: `running` or `reverting`.
Result<> start_row(const Turn& turn, const PartRun& run);

/// Write that the part is done: the row becomes `applied`, or goes.
Result<> finish_row(const Turn& turn, const PartRun& run, milliseconds took);

/// The same two for a pipeline, in a session that keeps the lock from part to part; `before`: what the part had taken
/// before its transaction.
OwnStatement starting_row(const Turn& turn, const PartRun& run);
OwnStatement finished_row(const Turn& turn, const PartRun& run, milliseconds before);

}  // namespace pge
