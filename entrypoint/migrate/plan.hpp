#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "migrate/migration.hpp"

namespace pge {

enum class OutOfOrder : std::uint8_t { refuse, apply };

struct PlanOptions {
  std::optional<std::string> to;  ///< apply nothing above this version
  OutOfOrder out_of_order = OutOfOrder::refuse;
  /// Without the lock a rollback that is not finished may be under way: it is not refused, it counts as pending.
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

/// Compare the files (in numeric order) with the history (in any order). Pure: no database, no clock.
/// Fails with `invalid_migrations`: drift, hole, out of order, a rollback that was not finished, diverged
/// branches; with `usage`: PlanOptions::to is neither a file nor in the history. Rows that are repeatables or
/// receipts play no part. An image without files knows nothing: every row is ahead.
Result<Plan> make_plan(std::span<const Migration> files, std::span<const AppliedMigration> history,
                       const PlanOptions& options);

/// One step back. The down part is the file's when this image has the file (it may have been mended since),
/// else what the history kept. Pointers stay valid as long as the vectors given to `plan_revert`.
struct PlannedRevert {
  const AppliedMigration* applied = nullptr;
  const Migration* migration = nullptr;  ///< nullptr: the down part comes from the history
  /// The down part; offsets count in `migration->text`, or in `applied->down_text` where there is no file.
  Statements statements = {};
  bool transactional = true;
  std::optional<Resume> resume = {};  ///< the history has the row in state `reverting`
};

struct RevertOptions {
  std::size_t count = 1;          ///< the last N by order of application …
  std::optional<std::string> to;  ///< … or everything applied after this version, which is kept; "0": everything
};

/// Choose what to revert, newest first by order of application. Fails with `invalid_migrations` where there
/// is no down part or an upward run was not finished, with `usage` for an unknown version, for more than was
/// applied and for a baseline (what it stands for was not applied by us, so nothing here can take it back).
Result<std::vector<PlannedRevert>> plan_revert(std::span<const Migration> files,
                                               std::span<const AppliedMigration> history, const RevertOptions& options);

/// Find a file by version; nullptr when there is none.
const Migration* find_migration(std::span<const Migration> files, std::string_view version) noexcept;

/// A version as typed ("007") in the form in which files and rows have it ("7"); nothing when it is not a
/// number.
std::optional<std::string> canonical_version(std::string_view typed);

}  // namespace pge
