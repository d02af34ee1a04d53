#include "process/outcome.hpp"

#include <sys/wait.h>

#include "core/exit_code.hpp"

namespace pge {

Outcome outcome_of(int wait_status) noexcept {
  if (WIFSIGNALED(wait_status)) return Signaled{WTERMSIG(wait_status)};
  return Exited{WEXITSTATUS(wait_status)};
}

int exit_status(const Outcome& outcome) noexcept {
  if (const auto* signaled = std::get_if<Signaled>(&outcome)) return signal_exit_status(signaled->number);
  const auto* exited = std::get_if<Exited>(&outcome);
  return exited != nullptr ? exited->code : static_cast<int>(ExitCode::internal);
}

}  // namespace pge
