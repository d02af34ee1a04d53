#pragma once

#include <ranges>
#include <string>
#include <string_view>

namespace pge {

/// The strings of a range, one behind the other, with `separator` between them.
template <std::ranges::input_range Strings>
std::string joined(Strings&& strings, std::string_view separator = ", ") {
  return std::views::join_with(std::forward<Strings>(strings), separator) | std::ranges::to<std::string>();
}

}  // namespace pge
