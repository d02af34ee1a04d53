#pragma once

#include <string>
#include <string_view>

#include "core/error.hpp"
#include "history/table_name.hpp"
#include "postgres/session.hpp"

namespace pge {

/// The trigger that marks rows which logical replication has brought. It carries rows but no DDL, so such a row does
/// not say that its migration was applied here. The mark stays when the subscription is gone (ADR 12).
inline constexpr std::string_view replication_trigger = "pg_entrypoint_replicated";

/// Creates the trigger on a table of ours that has the column `replicated`, if it is not there; call it under the
/// advisory lock. Without the right to create it, or without PL/pgSQL, it does nothing: then a subscription that exists
/// is what tells.
Result<> mark_replicated_rows(Session& session, const HistoryTable::Name& table);

/// The SQL that creates the trigger, on this table or on one that is about to be created by this role; empty when it is
/// there, and where this role may not create it.
Result<std::string> marking_ddl(Session& session, const HistoryTable::Name& table);

/// What it asks.
Query marking_query(const HistoryTable::Name& table);

/// SQL for the database that a row was applied in: "system identifier/OID", or null where this role may not read it.
std::string_view this_database_sql();

}  // namespace pge
