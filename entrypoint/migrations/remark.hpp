#pragma once

#include <string_view>

namespace pge {

/// The text of a new migration file. As long as nobody writes into it, it is a file without a statement.
inline constexpr std::string_view new_migration_text =
    "-- What this migration does, and why. It runs in one transaction.\n\n\n-- migrate:down\n\n";

/// Whether a text without statements has a comment in which somebody says something ("-- nothing to do for
/// PostgreSQL"). Directives, marker lines, rulers and the sentences that tools write into new files do not count:
/// what they stand in was forgotten.
bool has_remark(std::string_view text);

}  // namespace pge
