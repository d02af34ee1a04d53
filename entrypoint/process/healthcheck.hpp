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

/// Whether this process came into a container that another pg-entrypoint prepares or serves, as by `docker exec`: that
/// one is neither above nor below this one. False where that cannot be seen. A process 1, and what one started, belongs
/// to the container itself.
bool runs_beside_another() noexcept;

}  // namespace pge
