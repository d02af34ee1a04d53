#pragma once

#include <string>
#include <string_view>

#include "core/error.hpp"
#include "migrations/migration.hpp"

namespace pge {

/// Version and name from a file name that ends in ".sql" in some case; the text is still empty. Fails with
/// `invalid_migrations`, and knows how other tools name theirs.
Result<MigrationFile> parse_file_name(const std::string& path, std::string_view file_name);

}  // namespace pge
