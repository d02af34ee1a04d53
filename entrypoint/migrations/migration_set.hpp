#pragma once

#include <cstddef>
#include <span>
#include <string>
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
  /// The same for the files of a directory that are yet to be found and read: that starts now and goes on in the
  /// background. `allow_empty`: see `read_migration_directory`.
  explicit MigrationSet(std::string directory, bool allow_empty = false, MemoryLimit memory = [] { return unlimited; });

  /// Waits until the files are found and read. Fails as `read_migration_directory` and `read_texts` do, each time in
  /// the same way.
  Result<> finish_reading();
  bool is_reading() const { return reading_.is_reading(); }

  /// Parse what has to be known for planning against `history`: every file without a row, one that was not finished,
  /// and one that has changed; but none that a baseline stands for. Fails as `parse_migration` does, or
  /// `finish_reading`.
  Result<> understand(std::span<const AppliedMigration> history);

  /// Parse every file. Fails as `understand` does.
  Result<> parse_all();

  /// In numeric order of their versions; none until `finish_reading`, and from then on they stay where they are.
  const std::vector<Migration>& all() const noexcept { return all_; }
  /// What lies beside them and is not read (`unused_entries`), from `finish_reading` on.
  const std::vector<std::string>& unused() const noexcept { return unused_; }

 private:
  Result<> parse(Migration& migration);
  bool is_unchanged(Migration& migration, const AppliedMigration& row);

  std::vector<Migration> all_;
  std::size_t memory_ = unlimited;  ///< what is left of it
  ChecksumFinder checksums_;
  std::vector<std::string> unused_;
  ReadAhead reading_;
  Result<> read_;  ///< how it has ended
};

}  // namespace pge
