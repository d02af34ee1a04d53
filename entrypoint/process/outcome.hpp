#pragma once

#include <variant>

namespace pge {

/// The process exited.
struct Exited {
  int code = 0;
};

/// A signal ended it.
struct Signaled {
  int number = 0;
};

/// How a process has ended.
using Outcome = std::variant<Exited, Signaled>;

/// Converts a status of waitpid(2).
Outcome outcome_of(int wait_status) noexcept;

/// The status to leave with: the child's own, or 128+n.
int exit_status(const Outcome& outcome) noexcept;

}  // namespace pge
