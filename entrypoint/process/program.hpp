#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "core/error.hpp"
#include "process/command.hpp"
#include "process/exec_error.hpp"
#include "process/signals.hpp"

namespace pge {

/// A command made ready for execve: everything that allocates is done before the fork.
class Program {
 public:
  /// Looks the command up. Errors: usage, not_found, configuration (we may not become its identity).
  static Result<Program> prepare(Command command);

  Program(Program&&) = default;
  Program& operator=(Program&&) = delete;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() = default;

  /// Becomes the program; returns only when a step failed. Async-signal-safe. `parent`: who must still be our
  /// parent after PR_SET_PDEATHSIG (else the signal would never come); 0 where there was no fork: then
  /// neither the process group nor the terminal is touched.
  ExecFailure become(const SignalState& inherited, pid_t parent) const noexcept;

  /// The file that execve tries first.
  const std::string& path() const noexcept { return candidates_.front(); }

  Error explain(ExecFailure failure) const { return explain_exec_failure(command_, candidates_, failure); }

 private:
  Program(Command command, std::vector<std::string> candidates);
  ExecFailure exec() const noexcept;

  Command command_;
  std::vector<std::string> candidates_;
  std::vector<char*> argv_;
  std::vector<char*> environment_;
};

}  // namespace pge
