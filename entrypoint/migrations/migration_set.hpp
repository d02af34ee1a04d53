#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/error.hpp"
#include "core/memory.hpp"
#include "migrations/checksum.hpp"
#include "migrations/directory.hpp"
#include "migrations/migration.hpp"
#include "migrations/read_ahead.hpp"

namespace pge {

/// The migration files of this image, each understood as far as there is need: one that the history shows to be applied
/// and unchanged is only hashed, so nothing in it can keep an application from starting, and its size costs little.
class MigrationSet {
 public:
  MigrationSet() = default;
  /// `files`: in numeric order of their versions. All that is parsed takes at most `memory` bytes.
  explicit MigrationSet(std::vector<MigrationFile> files, std::size_t memory = unlimited);
  /// The same for files whose texts have yet to be read: that starts now and goes on in the background.
  explicit MigrationSet(MigrationDirectory directory, std::size_t memory = unlimited);

  /// Waits until the files are read. Fails with `invalid_migrations` when one cannot be.
  Result<> finish_reading() { return reading_.finish(); }
  bool is_reading() const { return reading_.is_reading(); }

  /// Parse what has to be known for planning against `history`: every file without a row, one that was not finished,
  /// and one that has changed; but none that a baseline stands for. Fails as `parse_migration` does, or
  /// `finish_reading`.
  Result<> understand(std::span<const AppliedMigration> history);

  /// Parse every file. Fails as `understand` does.
  Result<> parse_all();

  /// In numeric order of their versions. They stay where they are; until `finish_reading` only keys, names and paths
  /// may be looked at.
  const std::vector<Migration>& all() const noexcept { return all_; }

 private:
  Result<> parse(Migration& migration);
  bool is_unchanged(Migration& migration, const AppliedMigration& row);

  std::vector<Migration> all_;
  std::size_t memory_ = unlimited;  ///< what is left of it
  ChecksumFinder checksums_;
  ReadAhead reading_;  ///< the last member: it ends before the files do
};

}  // namespace pge
