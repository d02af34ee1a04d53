#pragma once

#include <sys/types.h>

#include "core/error.hpp"
#include "process/command.hpp"
#include "process/signals.hpp"

namespace pge {

/// Starts `command` as a child and returns its pid when execve has succeeded. The child has the signal mask and the
/// dispositions of `inherited`, every inherited descriptor, its own process group and, where stdin is a terminal, the
/// foreground. All signals must be blocked (`block_all_signals`), else a SIGCHLD or a stop can be lost. The caller must
/// wait for it with `supervise` or `run_child`. Errors: not_found (127), cannot_execute (126), configuration (the
/// identity), usage (no command), internal (no process left). Where there is no pipe to learn of a failed execve by,
/// the child tells it on stderr and exits with its status.
Result<pid_t> spawn(Command command, const SignalState& inherited);

}  // namespace pge
