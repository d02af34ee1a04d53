#pragma once

#include <string>

#include "core/error.hpp"

namespace pge {

/// The state of the entrypoint that runs in this container, from the names that its processes gave themselves
/// (`pge:serving`, `pge:migrating`, … in /proc/N/comm): "serving" when there is one that serves, else what it
/// is at: "migrating", "locking", "waiting", "preparing". Errors: unavailable (none runs, or /proc cannot be
/// read).
Result<std::string> entrypoint_state(const std::string& proc_root = "/proc");

}  // namespace pge
