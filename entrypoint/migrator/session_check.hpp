#pragma once

#include "apply/turn.hpp"
#include "config/settings.hpp"
#include "core/error.hpp"
#include "log/log.hpp"
#include "migrator/migrator_environment.hpp"

namespace pge {

/// What a migrator's sessions will get is looked at before it runs: one session is opened as libpq opens it in the
/// migrator's environment, and is asked for its role and time-outs. The log says what differs, or that nothing can be
/// seen because the URL names a driver that is not libpq. Fails with `configuration` when a role that was passed does
/// not arrive, because the wrong role would own what the migrator creates.
Result<> check_sessions(const Turn& turn, const Settings& settings, const MigratorEnvironment& environment, Log& log);

}  // namespace pge
