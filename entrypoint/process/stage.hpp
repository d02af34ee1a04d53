#pragma once

#include <sys/types.h>

#include <functional>

#include "core/error.hpp"

namespace pge {

/// Runs `stage` in a child without execve and returns its pid; the child ends with the status that `stage`
/// returns. It keeps the signals blocked (a StopToken reads them), has its own process group and dies with us
/// (SIGKILL). An exception becomes one line on stderr and status 70. There must be no other threads. Errors:
/// internal.
Result<pid_t> fork_stage(const std::function<int()>& stage);

}  // namespace pge
