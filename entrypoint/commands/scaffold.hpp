#pragma once

#include "config/settings.hpp"
#include "log/log.hpp"

namespace pge {

/// `new`: an empty migration, named by UTC time. Needs no database. Returns the exit status.
int run_new(const Settings& settings, Log& log);

}  // namespace pge
