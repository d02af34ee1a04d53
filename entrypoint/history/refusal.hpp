#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "history/table_name.hpp"
#include "postgres/session.hpp"

namespace pge {

/// schema.name, quoted.
std::string qualified_name(const Session& session, const HistoryTable::Name& table);

/// The error of a statement of ours that needs `privilege` ("select") on a table of ours. Without the privilege it is
/// `refused` with what to grant; when the table has other columns it is `configuration`, because it is not ours.
Error explain_access(const Session& session, const HistoryTable::Name& table, std::string_view privilege, Error error);

/// The error of a write to the history. Names what made it fail where that is not pg-entrypoint: a missing privilege, a
/// trigger, row security, or a table that is gone because a statement dropped it.
Error explain_write(const Session& session, const HistoryTable::Name& table, Error error);

/// A row that was there is not. Nobody else writes while the lock is held, so a statement has deleted it.
Error lost_row(std::string_view qualified, std::string_view what);

/// The refusal of a table whose rows a policy may hide from this role: what it shows could be taken for all there is.
Error hidden_rows(const Session& session, const HistoryTable::Name& table, bool forced);

/// Keys of the advisory lock that differ.
struct LockKeys {
  std::int64_t recorded;             ///< by the newest row
  std::optional<std::int64_t> ours;  ///< that was given; nothing: the derived one
  bool has_column;                   ///< the table can record another one
};

/// The refusal of a start that would take another lock than those that wrote the history. `derived`: the key that is
/// derived from the table's name.
Error other_lock_key(std::string_view qualified, const LockKeys& keys, std::int64_t derived);

/// The error of a key that was given and that a table of format 1 has no column for.
Error unrecorded_lock_key(std::string_view qualified);

/// The error of a table with a row that needs a binary of format `needed`.
Error newer_format(std::string_view qualified, std::int64_t needed);

}  // namespace pge
