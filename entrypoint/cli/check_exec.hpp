#pragma once

#include "config/settings.hpp"
#include "core/error.hpp"

namespace pge {

/// With --exec, refuses the options that need a supervisor: a process that becomes the application has none. Errors:
/// usage, with `hint`.
Result<> check_exec(const ServingSettings& settings, const char* hint);

}  // namespace pge
