#pragma once

#include <sys/types.h>

#include <chrono>

#include "core/signal_rules.hpp"
#include "core/stop.hpp"
#include "process/outcome.hpp"
#include "process/terminal.hpp"

namespace pge {

struct SuperviseOptions {
  StopSignals stops = {};
  bool forward_all = true;  ///< every signal that can be forwarded, and a SIGHUP is no stop; or only the stop signals
  SignalRules rules = {};
  bool to_group = false;                    ///< to the child's process group, if it has one of its own
  std::chrono::milliseconds hold_stop{0};   ///< the first stop is passed on this much later, or with the second
  std::chrono::milliseconds kill_after{0};  ///< SIGKILL this long after a stop signal was passed on; 0: never
  Terminal* terminal = nullptr;             ///< that the child uses
};

struct SupervisionEnd {
  Outcome outcome;
  int stop_signal = 0;  ///< the first stop signal that came; 0: none
  bool killed = false;  ///< by `kill_after`
};

/// The loop of PID 1: forwards signals to `main_child` and reaps whatever ends, until `main_child` has ended.
/// All signals must be blocked since before it was started. Does not allocate, throw or log.
///
/// Not forwarded: SIGCHLD; the faults; what this process caused itself (SIGPIPE, a CPU limit); the terminal's SIGTTIN
/// and SIGTTOU (the same signals from another process are forwarded: some servers scale by them).
SupervisionEnd supervise(pid_t main_child, const SuperviseOptions& options) noexcept;

}  // namespace pge
