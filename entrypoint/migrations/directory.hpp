#pragma once

#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/memory.hpp"
#include "migrations/migration.hpp"

namespace pge {

/// Read every `<version>_<name>.sql` of a directory (not its sub-directories), in numeric order of the
/// version. Other files and dot files are ignored, other `*.sql` names are refused: they would be forgotten
/// silently. Fails with `no_input` (no such directory, not readable, no migration files) or
/// `invalid_migrations` (two files with one version, not UTF-8, NUL byte, a link that leaves the directory, a
/// bad name).
Result<std::vector<MigrationFile>> read_migration_files(const std::string& directory, bool allow_empty,
                                                        std::size_t memory = unlimited);

}  // namespace pge
