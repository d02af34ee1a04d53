#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "history/place.hpp"
#include "migrations/migration.hpp"
#include "postgres/backend.hpp"
#include "postgres/rows.hpp"

namespace pge {

/// What is read of each row of the history. A start reads the whole table, so it asks for no more than it needs.
enum class RowDetail : std::uint8_t {
  plan,        ///< what `make_plan` and resuming need
  times,       ///< and when, by whom and how long, for people
  down_parts,  ///< and the down part's text, which may be large
};

/// What to select from the table. The functions below read rows of that query.
std::string columns_of(const FoundHistory& found, RowDetail detail);

/// The format that a binary has to know to work with the row.
std::int64_t format_of(const Rows& rows, std::size_t i);

/// Its place in the order of application.
std::int64_t order_of(const Rows& rows, std::size_t i);

/// The key of the advisory lock under which it was written; nothing: the one that is derived from the table's name.
std::optional<std::int64_t> lock_key_of(const Rows& rows, std::size_t i);

/// Nothing for a row of a kind that this release does not know.
std::optional<AppliedMigration> row_of(const Rows& rows, std::size_t i, RowDetail detail);

/// The session that an unfinished row's note names, if it names one.
std::optional<Worker> worker_of(const Rows& rows, std::size_t i, const AppliedMigration& row);

}  // namespace pge
