#pragma once

#include <cstddef>
#include <string_view>

namespace pge {

/// True for a byte that goes on with a character which an earlier byte has started.
constexpr bool continues_character(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// The offset of the first sequence that is not well-formed UTF-8 (Unicode standard, table 3-7); npos when all are.
std::size_t find_invalid_utf8(std::string_view text) noexcept;

/// The beginning of `text`, of `longest` bytes at most, without a character that it would cut in two. What is not
/// UTF-8 is cut at `longest`.
std::string_view utf8_prefix(std::string_view text, std::size_t longest) noexcept;

}  // namespace pge
