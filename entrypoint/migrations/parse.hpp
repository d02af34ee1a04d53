#pragma once

#include <cstddef>

#include "core/error.hpp"
#include "core/memory.hpp"
#include "migrations/migration.hpp"

namespace pge {

/// Understand one file: directives, up and down parts, statements, checksum. Fails with `invalid_migrations` and a
/// location, for a file that is not UTF-8 or has a NUL byte, and also if it would take more than `memory` bytes. Never
/// throws because of the text.
Result<Migration> parse_migration(MigrationFile file, std::size_t memory = unlimited);

/// What its parts occupy beside the text, in bytes.
std::size_t memory_of(const Migration& migration);

}  // namespace pge
