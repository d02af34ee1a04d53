#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "migrations/migration.hpp"

namespace pge {

/// One step back. The down part comes from the file if it is the one that was applied, by its name and an accepted
/// checksum (its down part may have been fixed since), else from the history. Pointers stay valid as long as the
/// vectors given to `plan_revert`.
struct PlannedRevert {
  const AppliedMigration* applied = nullptr;
  Part part = {};
  bool is_kept = false;               ///< `part` is the text that the history kept: there is no file with it here
  std::optional<Resume> resume = {};  ///< the history has the row in state `reverting`
};

struct RevertOptions {
  std::size_t count = 1;          ///< the last N by order of application …
  std::optional<std::string> to;  ///< … or everything applied after this version, which is kept …
  bool everything = false;        ///< … or everything
};

/// Choose what to revert, newest first by order of application. Fails with `invalid_migrations` where there
/// is no down part or an upward run was not finished, with `usage` for an unknown version, for more than was
/// applied and for a baseline (what it stands for was not applied by us, so nothing here can take it back).
Result<std::vector<PlannedRevert>> plan_revert(std::span<const Migration> files,
                                               std::span<const AppliedMigration> history, const RevertOptions& options);

}  // namespace pge
