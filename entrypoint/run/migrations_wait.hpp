#pragma once

#include "run/database.hpp"
#include "run/upgrade.hpp"

namespace pge {

/// Wait until somebody else has migrated (--migrate=wait, wait --for-migrations): `upgrade` looks, with
/// `Purpose::await`, until nothing is pending. It takes no lock and writes nothing; SELECT on the history, and on what
/// shows a migrator's state, is enough. Where even that is missing it is waited for too, because a migration may be
/// about to grant it. The log says who migrates and how far. Fails with `gave_way` at --migrations-timeout, and with
/// `refused` when the role cannot see anything then.
Result<> wait_for_migrations(Database& database, Upgrade& upgrade);

}  // namespace pge
