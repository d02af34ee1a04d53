#pragma once

#include <sys/types.h>

#include <exception>

#include "core/error.hpp"

namespace pge {

/// fork(2) for a stage that runs without execve: the child's pid, and 0 in the child. The child keeps the signals
/// blocked (a StopToken reads them), has its own process group, and gets SIGKILL if the parent dies. There must be no
/// other threads. What it does is `run_stage`. Errors: internal.
Result<pid_t> fork_stage();

/// End the child of `fork_stage`. Not by exit(3): the destructors of what `main` holds are the parent's.
[[noreturn]] void leave_stage(int status) noexcept;

/// The same after an exception: one line on stderr, status 70.
[[noreturn]] void leave_stage_by_fault(const char* what) noexcept;

/// In the child: leave with the status that `stage` returns. An exception must not reach `main`.
template <typename Stage, typename... Arguments>
[[noreturn]] void run_stage(const Stage& stage, const Arguments&... arguments) noexcept {
  try {
    leave_stage(stage(arguments...));
  } catch (const std::exception& fault) {
    leave_stage_by_fault(fault.what());
  } catch (...) {
    leave_stage_by_fault("an unknown exception");
  }
}

}  // namespace pge
