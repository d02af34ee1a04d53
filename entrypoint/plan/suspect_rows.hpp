#pragma once

#include <optional>
#include <span>

#include "core/error.hpp"
#include "migrations/migration.hpp"

/// Rows of the history that do not say what they seem to say.
namespace pge {

/// The refusal of rows that logical replication has brought: that they are here does not say that their migrations were
/// applied here. Nothing when there are none.
std::optional<Error> replicated_rows(std::span<const AppliedMigration> history);

/// Whether a row and a file of the same key are two migrations: neither the name nor an accepted checksum is the same.
/// A file that was only renamed, or only changed, is still the row's.
bool is_other_migration(const AppliedMigration& row, const Migration& file);

/// The refusal of a file whose version another migration has in the history. Accepting it would hide that the file was
/// never applied.
Error other_migration(const AppliedMigration& row, const Migration& file);

}  // namespace pge
