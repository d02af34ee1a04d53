#include "core/duration.hpp"

#include <array>
#include <charconv>
#include <climits>
#include <format>

namespace pge {
namespace {

struct Unit {
  std::string_view name;
  long long in_us;
};
constexpr std::array<Unit, 7> units{{{"us", 1},
                                     {"ms", 1'000},
                                     {"s", 1'000'000},
                                     {"min", 60'000'000},
                                     {"m", 60'000'000},
                                     {"h", 3'600'000'000},
                                     {"d", 86'400'000'000}}};
constexpr long long us_per_ms = 1000;

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text,
                                                        std::chrono::milliseconds bare) noexcept {
  long long number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return std::nullopt;
  const std::string_view name = text.substr(static_cast<std::size_t>(rest - text.data()));
  long long factor = name.empty() ? bare.count() * us_per_ms : 0;
  for (const Unit& unit : units) {
    if (unit.name == name) factor = unit.in_us;
  }
  if (factor == 0 || number > INT_MAX * us_per_ms / factor) return std::nullopt;
  return std::chrono::milliseconds((number * factor + us_per_ms - 1) / us_per_ms);
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
