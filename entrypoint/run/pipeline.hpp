#pragma once

#include "run/database.hpp"
#include "run/upgrade.hpp"

namespace pge {

/// wait → session → pending? → our turn → pending still? → carry out → unlock; from one session to the next while a
/// lost connection is worth another one. `upgrade` is nullptr with --migrate off: then it only waits. With --migrate
/// wait it waits for somebody else to do it.
Result<> prepare(Database& database, Upgrade* upgrade);

/// `run`: chown → prepare → serve. Returns the exit status of the process.
/// The database's URL is wiped from the settings before the application starts.
int run_pipeline(const Context& context);

}  // namespace pge
