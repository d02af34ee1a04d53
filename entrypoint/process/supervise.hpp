#pragma once

#include <sys/types.h>

#include <chrono>

#include "core/stop.hpp"
#include "process/outcome.hpp"

namespace pge {

struct SuperviseOptions {
  StopSignals stops = {};
  bool forward_all = true;                  ///< every signal that can be forwarded, or only the stop signals
  std::chrono::milliseconds kill_after{0};  ///< SIGKILL this long after the first stop signal; 0: never
};

struct SupervisionEnd {
  Outcome outcome;
  int stop_signal = 0;  ///< the first stop signal that came; 0: none
};

/// The loop of PID 1: forwards signals to `main_child` and reaps whatever ends, until `main_child` has ended.
/// All signals must be blocked since before it was started. Does not allocate, throw or log.
///
/// Not forwarded: SIGCHLD; the faults; what this process caused itself (SIGPIPE, a CPU limit); the terminal's SIGTTIN
/// and SIGTTOU (the same signals from another process are forwarded: some servers scale by them).
SupervisionEnd supervise(pid_t main_child, const SuperviseOptions& options) noexcept;

}  // namespace pge
