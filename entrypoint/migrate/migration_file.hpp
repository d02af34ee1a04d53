#pragma once

#include <string>
#include <vector>

#include "core/error.hpp"
#include "migrate/migration.hpp"

namespace pge {

/// Read every `<version>_<name>.sql` of a directory (not its sub-directories), in numeric order of the
/// version. Other files and dot files are ignored, other `*.sql` names are refused: they would be forgotten
/// silently. Fails with `no_input` (no such directory, not readable, no migration files) or
/// `invalid_migrations` (two files with one version, not UTF-8, NUL byte, a link that leaves the directory, a
/// bad name).
Result<std::vector<MigrationFile>> read_migration_files(const std::string& directory, bool allow_empty,
                                                        std::size_t memory = unlimited);

/// Understand one file: directives, up and down parts, statements, checksum.
/// Fails with `invalid_migrations` and a location, also where it would take more than `memory` bytes; never throws for
/// what the text says.
Result<Migration> parse_migration(MigrationFile file, std::size_t memory = unlimited);

/// `read_migration_files`, then `parse_migration` on each; all of them together in `memory` bytes.
Result<std::vector<Migration>> load_migrations(const std::string& directory, bool allow_empty,
                                               std::size_t memory = unlimited);

}  // namespace pge
