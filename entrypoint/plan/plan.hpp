#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "migrations/migration.hpp"

namespace pge {

struct PlanOptions {
  std::optional<std::string> to;    ///< apply nothing above this version
  bool allow_out_of_order = false;  ///< apply files whose version is lower than one already applied
  /// Without the lock, an unfinished rollback may be running right now: it is not refused but counts as pending.
  bool under_lock = true;
};

/// One step forward. Pointers stay valid as long as the vectors given to `make_plan`.
struct PlannedMigration {
  const Migration* migration = nullptr;
  std::optional<Resume> resume = {};  ///< the history has a `running` row for it
};

/// What is to be done, in the order in which it is done.
struct Plan {
  std::vector<PlannedMigration> pending;
  /// Rows that this image has no file for, applied after the last it knows: the database is ahead. Fine by
  /// default.
  std::vector<const AppliedMigration*> ahead;

  bool unfinished_rollback = false;

  bool empty() const noexcept { return pending.empty() && !unfinished_rollback; }
};

/// Compare the files (in numeric order) with the history (in any order). Pure: no database, no clock. Fails with
/// `invalid_migrations`: drift, a version that another migration has, hole, out of order, a rollback that was not
/// finished, diverged branches; with `usage`: PlanOptions::to is neither a file nor in the history; with
/// `configuration`: replicated rows. Rows that are repeatables are ignored. For an image without files
/// every row is ahead.
Result<Plan> make_plan(std::span<const Migration> files, std::span<const AppliedMigration> history,
                       const PlanOptions& options);

/// Find a file by its key; nullptr when there is none.
const Migration* find_migration(std::span<const Migration> files, const Key& key) noexcept;

}  // namespace pge
