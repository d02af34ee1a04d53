#pragma once

#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/memory.hpp"
#include "migrations/migration.hpp"

namespace pge {

/// Understand one file: directives, up and down parts, statements, checksum. Fails with `invalid_migrations` and a
/// location, also if it would take more than `memory` bytes. Never throws because of the text.
Result<Migration> parse_migration(MigrationFile file, std::size_t memory = unlimited);

/// `read_migration_files`, then `parse_migration` on each; all of them together in `memory` bytes.
Result<std::vector<Migration>> load_migrations(const std::string& directory, bool allow_empty,
                                               std::size_t memory = unlimited);

}  // namespace pge
