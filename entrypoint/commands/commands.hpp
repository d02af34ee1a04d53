#pragma once

#include "config/settings.hpp"
#include "log/log.hpp"
#include "run/upgrade.hpp"

namespace pge {

/// `migrate`, `wait`, `status`, `check`, `down`, `baseline`, `accept`: run in a stage of their own. Returns the exit
/// status. Results go to stdout, the log to stderr.
int run_command(const Settings& settings, const ChildSetting& child, Log& log);

/// `healthcheck`: 0 when the application is being served, 1 otherwise; the state goes to stdout.
int run_healthcheck();

}  // namespace pge
