#pragma once

#include <optional>

#include "apply/turn.hpp"
#include "run/database.hpp"
#include "run/upgrade.hpp"

namespace pge {

/// Bring the session to its profile, and poll for the advisory lock until it is our turn and no session works without
/// the lock any more. Before each further try `upgrade` reads the history again: nothing is returned when another
/// replica has done the work meanwhile. Without an upgrade our turn is needed in any case. Session and history must
/// outlive the turn. Fails as `Database::make_ready_to_write` does, with `gave_way` at --advisory-lock-timeout, and
/// with an error that `comes_back()` when the session is to be given up while somebody else works.
Result<std::optional<Turn>> take_turn(Database& database, Session& session, History& history, Upgrade* upgrade);

/// A turn with this lock, as the settings want it.
Turn make_turn(Database& database, Session& session, History& history, AdvisoryLock lock);

/// A session that still works on a step, by what was read last. A statement can give the lock away that its session
/// holds (DISCARD ALL, pg_advisory_unlock_all()), so the lock alone does not tell.
Result<std::optional<Worker>> living_worker(Session& session, const History& history);

}  // namespace pge
