#pragma once

#include <string>
#include <vector>

#include "core/error.hpp"
#include "history/table_name.hpp"
#include "postgres/session.hpp"

namespace pge {

/// What the catalog says about the history table.
struct FoundHistory {
  HistoryTable table;  ///< at the place where it is; without one, as it was asked for
  bool exists = false;
  bool complete = false;      ///< it has the columns of format 2
  bool marked = false;        ///< a trigger marks the rows that replication brings
  bool subscribed = false;    ///< it is the target of a logical replication
  std::string database = {};  ///< SQL for this database, as `this_database_sql`
};

/// Looks the table up, in one query unless both default places are occupied: then the one that has rows counts. Fails
/// with `configuration` when both have rows, when there is a history with rows in another schema only, or something
/// that is not a table has its name; with `refused` when row security hides rows from this role.
Result<FoundHistory> find_history(Session& session, const HistoryTable& wanted);

/// What `find_history` asks first.
Query relations_query(const HistoryTable& wanted);

/// A table that was created.
struct CreatedHistory {
  HistoryTable table;  ///< where it is
  bool marked;         ///< as in `FoundHistory`
};

/// Creates the table, with its trigger if possible, and its schema if that does not exist; call it under the advisory
/// lock. Without --history-table, a role that may create tables in `public` but no schema gets it there.
Result<CreatedHistory> create_history(Session& session, const HistoryTable& wanted);

/// What `create_history` asks first.
std::vector<Query> creation_queries(const HistoryTable& wanted);

/// Gives a table of format 1 the columns of format 2; call it under the advisory lock. False, with an event, when this
/// role is not the owner or somebody else uses the table: then it stays as it is until the next time.
Result<bool> add_history_columns(Session& session, const HistoryTable& table);

}  // namespace pge
