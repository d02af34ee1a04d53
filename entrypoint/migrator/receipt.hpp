#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "migrations/migration.hpp"

namespace pge {

/// What the receipts in the history say about this image and this database.
enum class Standing : std::uint8_t {
  current,  ///< this image's inputs have brought the database to its current state
  ahead,    ///< a newer image has: this one is behind the schema
  unknown,  ///< nothing is known: the migrator decides
};

/// A receipt is a history row: `version` is the digest of the migrator's inputs, `note` the state that a successful
/// run left, and the latest by order of application is the newest. `state`: what the database says now; nothing when
/// it could not be read.
Standing judge_receipts(std::span<const AppliedMigration> history, std::string_view digest,
                        const std::optional<std::string>& state);

/// The receipts of a history, oldest first: a table for people, and {"receipts": […]}.
std::string receipts_table(std::span<const AppliedMigration> history);
std::string receipts_json(std::span<const AppliedMigration> history);

}  // namespace pge
