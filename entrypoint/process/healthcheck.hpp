#pragma once

#include <string>

#include "core/error.hpp"

namespace pge {

/// The state of the entrypoint that runs in this container, from the names that its processes gave themselves
/// (`pge:serving`, `pge:migrating`, … in /proc/N/comm). Where one runs below another: that of the innermost. Of several
/// beside each other, such as a `migrate` by `docker exec`: the one that has come furthest. Processes of other
/// containers, which a shared PID namespace shows too, do not count: they have another mount namespace or, where that
/// cannot be seen by this user, another control group. Errors: unavailable (none runs, or /proc cannot be read).
Result<std::string> entrypoint_state(const std::string& proc_root = "/proc");

}  // namespace pge
