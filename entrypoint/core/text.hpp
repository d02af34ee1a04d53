#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pge {

/// How many characters a text in UTF-8 has.
std::size_t characters(std::string_view text) noexcept;

/// The offset in bytes of the `position`-th character (from 1, as PostgreSQL counts) of `sql`.
std::size_t byte_offset(std::string_view sql, std::size_t position) noexcept;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Drop a byte order mark and turn CRLF and lone CR into LF, in place.
void normalise_line_ends(std::string& text);

/// `text` without white space at its end.
std::string_view trim_end(std::string_view text) noexcept;
/// `text` without blanks and tabs at both ends.
std::string_view trim(std::string_view text) noexcept;

/// The line that starts at byte `start`, without its line end.
std::string_view line_at(std::string_view text, std::size_t start) noexcept;

}  // namespace pge
