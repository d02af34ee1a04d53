#include "core/signal_rules.hpp"

#include <algorithm>
#include <format>

#include "core/signal_name.hpp"

namespace pge {
namespace {

/// KILL and STOP cannot be caught; CHLD and the faults concern the process that gets them.
constexpr int never_passed_on[] = {SIGKILL, SIGSTOP, SIGCHLD, SIGSEGV, SIGBUS,
                                   SIGFPE,  SIGILL,  SIGABRT, SIGTRAP, SIGSYS};

}  // namespace

std::expected<void, std::string> add_signal_rule(SignalRules& rules, std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    return std::unexpected(std::format("'{}' is not a rule: write TERM=QUIT, or HUP=drop", text));
  }
  const auto from = parse_signal(text.substr(0, equals));
  if (!from) return std::unexpected(from.error());
  if (std::ranges::contains(never_passed_on, *from)) {
    return std::unexpected(std::format("'{}': that signal is never passed on", text.substr(0, equals)));
  }
  const std::string_view target = text.substr(equals + 1);
  if (target == "drop" || target == "DROP") return rules.drop(*from), std::expected<void, std::string>();
  const auto to = parse_signal(target);
  if (!to) return std::unexpected(to.error());
  rules.set(*from, *to);
  return {};
}

}  // namespace pge
