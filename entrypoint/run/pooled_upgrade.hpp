#pragma once

#include "run/database.hpp"
#include "run/upgrade.hpp"

namespace pge {

/// Carry out what is pending through a pooler (--allow-pooler, ADR 10): each migration file in a transaction that takes
/// the lock, reads the history again, applies the file and commits. What cannot be done in this way is refused before
/// anything is applied.
Result<> upgrade_through_pooler(Database& database, Session& session, History& history, Upgrade& upgrade);

}  // namespace pge
