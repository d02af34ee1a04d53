#pragma once

#include <string>
#include <vector>

#include "core/error.hpp"
#include "history/history.hpp"
#include "postgres/session.hpp"

namespace pge {

/// The guard against a wrong target. A database that has no history table but has tables in the target schema (the
/// first one of search_path that exists; tables of extensions are ignored) belongs to somebody else or was created by
/// hand. Fails with `configuration`, naming `baseline` and `--allow-existing`. `search_path` is that of the migrations,
/// for a session that is not under their profile; empty: the session's own.
Result<> refuse_existing_tables(Session& session, const HistoryTable& table, const std::string& search_path = {});

/// What it asks under the session's own search_path.
Query target_tables_query(const HistoryTable& table);

/// The schemas beside the target schema that have tables, which `refuse_existing_tables` does not judge.
Result<std::vector<std::string>> other_schemas_with_tables(Session& session, const HistoryTable& table);

/// What it asks.
Query other_schemas_query(const HistoryTable& table);

/// Whether the database has any table of the user's, in whatever schema.
Result<bool> has_tables(Session& session, const HistoryTable& table);

}  // namespace pge
