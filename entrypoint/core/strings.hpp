#pragma once

#include <ranges>
#include <string>
#include <string_view>
#include <vector>

namespace pge {

/// The strings of a range, one after the other, with `separator` between them.
template <std::ranges::input_range Strings>
std::string joined(Strings&& strings, std::string_view separator = ", ") {
  return std::views::join_with(std::forward<Strings>(strings), separator) | std::ranges::to<std::string>();
}

/// The non-empty parts of a text between any of the characters `separators`.
std::vector<std::string> split(std::string_view text, std::string_view separators);

/// `text` between single quotes, as a shell reads it.
std::string shell_quoted(std::string_view text);

/// The bytes as lower-case hexadecimal digits.
std::string in_hex(std::string_view bytes);

}  // namespace pge
