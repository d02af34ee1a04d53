#pragma once

#include <csignal>

#include "core/stop.hpp"

namespace pge {

/// The signal mask and the dispositions that this process was started with. Only "ignored" has to be
/// remembered: after an execve every signal is either ignored or at its default (execve(2)).
struct SignalState {
  sigset_t mask{};
  sigset_t ignored{};
};

/// Blocks all signals but the faults as the first code of a program that runs at all: `main.cpp` puts it into
/// .preinit_array, which comes before the static initialisers of the program and of its libraries. In the init of a PID
/// namespace the kernel drops a signal of default disposition that is not blocked (pid_namespaces(7)), so each
/// microsecond between execve and this call can lose a SIGTERM. What comes earlier, while the kernel loads the program,
/// depends on the mask that whoever starts us has. Uses nothing that an initialiser or a sanitizer would have to set
/// up.
void block_signals_at_start() noexcept;

/// The first act of `main`: remembers what was inherited, puts SIGCHLD to its default (an inherited SIG_IGN
/// makes the kernel reap for us, and the exit status is lost) and blocks every signal but the faults. In the
/// init of a PID namespace an unblocked signal of default disposition is dropped, a blocked one stays queued
/// (pid_namespaces(7)).
SignalState block_all_signals() noexcept;

/// In a child before execve: dispositions first, the mask last, exactly as inherited. Async-signal-safe.
void restore_signals(const SignalState& inherited) noexcept;

/// SEGV, BUS, FPE, ILL, ABRT, TRAP, SYS. They concern the process that gets them, so they are neither blocked nor
/// forwarded.
bool is_fault_signal(int number) noexcept;

/// The signals that `block_all_signals` blocks: all but the faults.
sigset_t blocked_signals() noexcept;

/// A stop signal that is queued already: taken from the queue and returned; 0 when there is none. Does not wait. The
/// signals must be blocked. It is for the boundary between two stages: after a stop, the next one is not started.
int pending_stop(const StopSignals& stops = {}) noexcept;

}  // namespace pge
