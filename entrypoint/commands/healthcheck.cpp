#include "process/healthcheck.hpp"

#include "commands/command.hpp"
#include "core/print.hpp"
#include "process/probe.hpp"

namespace pge {
namespace {

/// Asks the application itself, as far as that was wanted. A stop ends the process: a name server may not answer.
Result<> ask_application(const CommandArguments& wanted, const StopToken& stop) {
  const DeliverStops deliver(stop);
  if (!wanted.tcp.empty()) {
    if (auto open = probe_tcp(wanted.tcp); !open) return open;
  }
  return wanted.http.empty() ? Result<>() : probe_http(wanted.http);
}

}  // namespace

/// 0 when the application is being served, 1 otherwise; the state goes to stdout.
int run_healthcheck(const Context& context) {
  const CommandArguments& wanted = context.settings.arguments;
  const bool ready = wanted.ready || !wanted.tcp.empty() || !wanted.http.empty();
  const auto state = entrypoint_state();
  bool healthy = state && (wanted.live || *state == "serving" || (*state == "draining" && !ready));
  std::string text = state ? *state : state.error().message;
  if (healthy && ready) {
    const auto answered = ask_application(wanted, StopToken());
    if (!answered && answered.error().code == ExitCode::usage) return context.leave_with(answered.error());
    if (!answered) text += ", but " + answered.error().message;
    healthy = answered.has_value();
  }
  // The exit code is the answer, even if the word cannot be written.
  [[maybe_unused]] const auto printed = print(text + "\n");
  return healthy ? 0 : 1;
}

}  // namespace pge
