#pragma once

#include <csignal>

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace pge {

/// Which signal the application gets for one that comes while it is served: another one, or none (`--signal`).
class SignalRules {
 public:
  void set(int from, int to) noexcept { instead_[static_cast<std::size_t>(from)] = static_cast<std::uint8_t>(to); }
  void drop(int from) noexcept { set(from, dropped); }

  /// 0: none.
  int instead_of(int number) const noexcept {
    const std::uint8_t other = instead_[static_cast<std::size_t>(number)];
    return other == same ? number : other == dropped ? 0 : other;
  }

  bool empty() const noexcept { return instead_ == std::array<std::uint8_t, _NSIG>{}; }

 private:
  static constexpr std::uint8_t same = 0;
  static constexpr std::uint8_t dropped = 255;
  std::array<std::uint8_t, _NSIG> instead_{};
};

/// Adds the rule "FROM=TO" or "FROM=drop"; signals are spelled as in `parse_signal`. The error is a sentence: no rule,
/// no such signal, or one that is never passed on (KILL, STOP, CHLD and the faults as FROM).
std::expected<void, std::string> add_signal_rule(SignalRules& rules, std::string_view text);

}  // namespace pge
