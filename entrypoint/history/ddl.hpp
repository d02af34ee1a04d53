#pragma once

#include <string>
#include <string_view>

namespace pge {

/// The format that this release writes, and the newest one that it can work with. A row's column `written_format` has
/// it.
constexpr int history_format = 2;

/// The oldest format that can still work with the history as this release leaves it: what a row's column `format` says.
/// A binary refuses only rows whose `format` is above the format that it knows.
constexpr int oldest_format = 1;

/// The SQL that creates the history table of this name (quoted, with its schema). docs/history-table.md describes it.
std::string history_table_ddl(std::string_view qualified);

/// The SQL that gives a table of format 1 the columns of format 2. It needs the table's owner.
std::string history_columns_ddl(std::string_view qualified);

/// The SQL that creates the facts table of this name.
std::string facts_table_ddl(std::string_view qualified);

/// The SQL that creates a view beside the table in the default place, which says where the table is. A binary of format
/// 1 looks for the old default name in all schemas, finds the view, and refuses to start over a history that it would
/// take for empty. The view does not read the table, so the table can be dropped without it.
std::string signpost_ddl();

}  // namespace pge
