#pragma once

#include <cstddef>
#include <future>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "migrations/directory.hpp"
#include "migrations/migration.hpp"

namespace pge {

/// A directory's migrations with their texts, and with the hash of what is likely to be their up parts. Nothing is
/// parsed.
struct ReadMigrations {
  std::vector<Migration> migrations;  ///< in numeric order of their versions
  std::vector<std::string> unused;    ///< see `unused_entries`
  std::size_t memory = unlimited;     ///< what may be used for them, in bytes
};

/// The migrations of files that nobody has parsed.
std::vector<Migration> unparsed(std::vector<MigrationFile> files);

/// Reads the texts; those of a very large directory in two threads. Fails with `invalid_migrations` when one cannot be
/// read, the first in their order. `memory`: see `FileText::read`.
Result<ReadMigrations> read_texts(MigrationDirectory directory, std::size_t memory = unlimited);

/// Finds migration files and reads them while something else is waited for: a start with a thousand files spends most
/// of its own time on that, and connecting takes as long.
class ReadAhead {
 public:
  ReadAhead() = default;

  /// Starts with it. `directory` and `allow_empty`: see `read_migration_directory`. `memory` is asked there as well,
  /// because control groups take as long as a hundred files.
  ReadAhead(std::string directory, bool allow_empty, MemoryLimit memory);

  /// Whether there is something to `finish`, and it might have to wait.
  bool is_reading() const;
  /// Whether there is something to `finish`.
  bool has_more() const noexcept { return work_.valid(); }

  /// What was read, or what kept from it. Once, while `has_more`.
  Result<ReadMigrations> finish() { return work_.get(); }

 private:
  std::future<Result<ReadMigrations>> work_;
};

}  // namespace pge
