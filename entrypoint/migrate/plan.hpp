#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "migrate/migration.hpp"

namespace pge {

enum class OutOfOrder : std::uint8_t { refuse, apply };

struct PlanOptions {
  std::optional<std::string> to;  ///< apply nothing above this version
  OutOfOrder out_of_order = OutOfOrder::refuse;
};

/// One step forward. Pointers stay valid as long as the vectors given to `make_plan`.
struct PlannedMigration {
  const Migration* migration = nullptr;
  std::size_t resume_at = 0;  ///< statements already done by an interrupted run (no-transaction files)
  bool resumes = false;       ///< the history has a `running` row for it
};

/// What is to be done, in the order in which it is done.
struct Plan {
  std::vector<PlannedMigration> pending;
  /// Rows that this image has no file for, applied after the last it knows: the database is ahead. Fine by default.
  std::vector<const AppliedMigration*> ahead;

  bool empty() const noexcept { return pending.empty(); }
};

/// Compare the files with the history. Pure: no database, no clock.
/// Fails with `invalid_migrations`: drift, hole, out of order, a rollback that was not finished, diverged branches.
Result<Plan> make_plan(std::span<const Migration> files, std::span<const AppliedMigration> history,
                       const PlanOptions& options);

/// One step back. `down` is the file's down part when this image has the file, else what the history kept.
struct PlannedRevert {
  const AppliedMigration* applied = nullptr;
  const Migration* migration = nullptr;  ///< nullptr: the down part comes from the history
};

struct RevertOptions {
  std::size_t count = 1;          ///< the last N by order of application …
  std::optional<std::string> to;  ///< … or everything applied after this version, which is kept
};

/// Choose what to revert, newest first. Fails with `invalid_migrations` where there is no down part, with `usage`
/// for an unknown version.
Result<std::vector<PlannedRevert>> plan_revert(std::span<const Migration> files,
                                               std::span<const AppliedMigration> history,
                                               const RevertOptions& options);

/// Find a file by version; nullptr when there is none.
const Migration* find_migration(std::span<const Migration> files, std::string_view version) noexcept;

}  // namespace pge
