#include "config/duration.hpp"

#include <array>
#include <charconv>
#include <climits>
#include <format>
#include <utility>

namespace pge {
namespace {

struct Unit {
  std::string_view name;
  long long in_ms;
};
constexpr std::array<Unit, 6> units{{{"ms", 1}, {"s", 1000}, {"min", 60'000}, {"m", 60'000}, {"h", 3'600'000}, {"", 1000}}};

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept {
  long long number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return std::nullopt;
  const std::string_view name = text.substr(static_cast<std::size_t>(rest - text.data()));
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    if (number > INT_MAX / unit.in_ms) return std::nullopt;
    return std::chrono::milliseconds(number * unit.in_ms);
  }
  return std::nullopt;
}

std::string format_duration(std::chrono::milliseconds duration) {
  const long long ms = duration.count();
  if (ms == 0) return "0";
  if (ms % 3'600'000 == 0) return std::format("{}h", ms / 3'600'000);
  if (ms % 60'000 == 0) return std::format("{}m", ms / 60'000);
  if (ms % 1000 == 0) return std::format("{}s", ms / 1000);
  return std::format("{}ms", ms);
}

}  // namespace pge
