#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "migrate/migration.hpp"

namespace pge {

/// Read every `<version>_<name>.sql` of a directory (not its sub-directories), in numeric order of the version.
/// Fails with `no_input` (no such directory, not readable, no migration files) or `invalid_migrations`
/// (two files with one version, not UTF-8, NUL byte, a link that leaves the directory, a bad name).
Result<std::vector<MigrationFile>> read_migration_files(const std::string& directory, bool allow_empty);

/// Understand one file: directives, up and down parts, statements, checksum.
/// Fails with `invalid_migrations` and a location.
Result<Migration> parse_migration(MigrationFile file);

/// `read_migration_files`, then `parse_migration` on each.
Result<std::vector<Migration>> load_migrations(const std::string& directory, bool allow_empty);

/// Split SQL into statements with psql's own scanner. `base` is added to every offset.
/// Fails with `invalid_migrations`: unterminated quote, dollar quote, comment or parenthesis; psql meta-commands.
Result<std::vector<Statement>> split_statements(std::string_view sql, const std::string& path,
                                                std::string_view whole_text, std::size_t base);

/// Byte offset in `text` to line and column (characters), both from 1.
Location locate(const std::string& path, std::string_view text, std::size_t offset);

/// The offset in bytes of the `position`-th character (from 1, as PostgreSQL counts) of `sql`.
std::size_t byte_offset(std::string_view sql, std::size_t position) noexcept;

/// Lower-case SHA-256 in hex.
std::string sha256_hex(std::string_view data);

}  // namespace pge
