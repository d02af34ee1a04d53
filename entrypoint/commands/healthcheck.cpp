#include "process/healthcheck.hpp"

#include "commands/command.hpp"
#include "core/print.hpp"

namespace pge {

/// 0 when the application is being served, 1 otherwise; the state goes to stdout.
int run_healthcheck(const Context&) {
  const auto state = entrypoint_state();
  // The exit code is the answer, even if the word cannot be written.
  [[maybe_unused]] const auto printed = print((state ? *state : state.error().message) + "\n");
  return state && *state == "serving" ? 0 : 1;
}

}  // namespace pge
