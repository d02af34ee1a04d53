#include "core/signal_name.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <csignal>
#include <cstring>
#include <format>
#include <iterator>
#include <optional>

namespace pge {
namespace {

/// KILL and STOP cannot be caught; the others are no request of a person's: a child, the terminal, a limit or a fault
/// is their cause.
constexpr int never_a_stop[] = {SIGKILL, SIGSTOP, SIGCHLD, SIGCONT, SIGPIPE, SIGTTIN, SIGTTOU, SIGXCPU,
                                SIGXFSZ, SIGSEGV, SIGBUS,  SIGFPE,  SIGILL,  SIGABRT, SIGTRAP, SIGSYS};

std::optional<int> number_in(std::string_view text) noexcept {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

/// `name` in upper case, without SIG.
std::optional<int> number_of(std::string_view name) noexcept {
  if (const auto number = number_in(name)) return number;
  for (int number = 1; number < SIGRTMIN; ++number) {
    const char* const known = sigabbrev_np(number);
    if (known != nullptr && name == known) return number;
  }
  const bool from_least = name.starts_with("RTMIN"), from_most = name.starts_with("RTMAX");
  if (!from_least && !from_most) return std::nullopt;
  const int base = from_least ? SIGRTMIN : SIGRTMAX;
  const std::string_view distance = name.substr(5);
  if (distance.empty()) return base;
  const auto number = number_in(distance.substr(1));
  if (distance.front() != (from_least ? '+' : '-') || !number) return std::nullopt;
  return from_least ? base + *number : base - *number;
}

}  // namespace

std::expected<int, std::string> parse_signal(std::string_view name) {
  std::string upper(name);
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
  const auto number = number_of(std::string_view(upper).substr(upper.starts_with("SIG") ? 3 : 0));
  // What is between the names and SIGRTMIN belongs to the C library.
  const bool exists =
      number && *number >= 1 && *number <= SIGRTMAX && (*number >= SIGRTMIN || sigabbrev_np(*number) != nullptr);
  if (!exists) return std::unexpected(std::format("'{}' is not a signal: write SIGUSR1, WINCH, RTMIN+3 or 28", name));
  return *number;
}

std::expected<int, std::string> parse_stop_signal(std::string_view name) {
  auto number = parse_signal(name);
  if (number && std::ranges::contains(never_a_stop, *number)) {
    return std::unexpected(std::format("'{}' cannot ask a process to stop", name));
  }
  return number;
}

}  // namespace pge
