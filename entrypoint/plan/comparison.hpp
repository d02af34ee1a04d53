#pragma once

#include <optional>
#include <span>
#include <vector>

#include "migrations/migration.hpp"

namespace pge {

/// The files and the history side by side: what `make_plan` decides by and what `status` tells. Refers to both.
class Comparison {
 public:
  Comparison(std::span<const Migration> files, std::span<const AppliedMigration> history);

  /// The versioned rows, in order of application.
  const std::vector<const AppliedMigration*>& rows() const noexcept { return rows_; }
  /// The file of each of `rows`, and the row of each of the files, in their order; nullptr when there is none.
  const std::vector<const Migration*>& files_of_rows() const noexcept { return files_of_rows_; }
  const std::vector<const AppliedMigration*>& rows_of_files() const noexcept { return rows_of_files_; }
  /// nullptr when there is none.
  const AppliedMigration* row_of(const Key& key) const;
  const Migration* file_of(const Key& key) const;

  /// The highest baseline, as the key of a file of its version.
  const std::optional<Key>& baseline() const noexcept { return baseline_; }
  bool under_baseline(const Key& key) const noexcept { return baseline_ && key <= *baseline_; }

  /// There are files and rows, and they share nothing: the history belongs to another application.
  bool is_foreign() const noexcept { return foreign_; }
  /// The last row, in order of application, that has a file.
  const AppliedMigration* last_known() const noexcept { return last_known_; }
  /// Rows without a file, applied after the last that has one: a newer image has applied them.
  const std::vector<const AppliedMigration*>& ahead() const noexcept { return ahead_; }
  /// Rows without a file, applied before one that has a file: their files are missing.
  const std::vector<const AppliedMigration*>& holes() const noexcept { return holes_; }

  /// The highest version that counts as applied and that this image knows.
  const std::optional<Key>& highest() const noexcept { return highest_; }
  /// The file has no row and is to be applied, but a higher version is applied already.
  bool is_late(const Migration& file) const;

 private:
  void look_at_rows(std::span<const Migration> files);

  std::vector<const AppliedMigration*> rows_;
  std::vector<const AppliedMigration*> rows_by_key_;
  std::vector<const Migration*> files_by_key_;
  std::vector<const Migration*> files_of_rows_;
  std::vector<const AppliedMigration*> rows_of_files_;
  std::optional<Key> baseline_;
  std::optional<Key> highest_;
  bool foreign_ = false;
  const AppliedMigration* last_known_ = nullptr;
  std::vector<const AppliedMigration*> ahead_;
  std::vector<const AppliedMigration*> holes_;
};

}  // namespace pge
