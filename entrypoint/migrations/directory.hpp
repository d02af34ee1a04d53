#pragma once

#include <string>
#include <vector>

#include "core/descriptor.hpp"
#include "core/error.hpp"
#include "migrations/migration.hpp"

namespace pge {

/// What a migrations directory holds.
struct MigrationDirectory {
  Descriptor opened;                 ///< the directory, for openat(2)
  std::vector<MigrationFile> files;  ///< in numeric order of their versions, without their texts
  std::vector<std::string> unused;   ///< see `unused_entries`
};

/// Find every `<version>_<name>.sql` of a directory (not its sub-directories). Other files and dot files are ignored,
/// other `*.sql` names are refused: they would be forgotten silently. Fails with `no_input` (no such directory, not
/// readable, no migration files) or `invalid_migrations` (two files with one version, a link that leaves the
/// directory, a bad name). The files are read by `MigrationSet`.
Result<MigrationDirectory> read_migration_directory(const std::string& directory, bool allow_empty);

/// Whether there is any file with the name of a migration, good or bad.
bool has_migration_files(const std::string& directory);

}  // namespace pge
