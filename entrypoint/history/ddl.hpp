#pragma once

#include <string>
#include <string_view>

namespace pge {

/// What a row's column `format` says; a binary refuses a history with a higher number than this one.
constexpr int history_format = 1;

/// The SQL that creates the history table of this name (quoted, with its schema). docs/history-table.md describes it.
std::string history_table_ddl(std::string_view qualified);

}  // namespace pge
