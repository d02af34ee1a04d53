#pragma once

#include "config/settings.hpp"
#include "core/error.hpp"
#include "history/table_name.hpp"

namespace pge {

/// The history table that the settings name, with the lock's key and what the command does about another one. Fails as
/// `HistoryTable::parse` does.
Result<HistoryTable> history_table(const Settings& settings);

}  // namespace pge
