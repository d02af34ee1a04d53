#pragma once

#include <cstddef>
#include <string_view>

namespace pge {

/// The offset behind the block comment of SQL that starts at `from`; npos when it is never closed. Such comments nest
/// (PostgreSQL manual, chapter "Lexical Structure").
constexpr std::size_t block_comment_end(std::string_view sql, std::size_t from) noexcept {
  std::size_t depth = 0;
  while (from < sql.size()) {
    if (sql.substr(from, 2) == "/*") {
      ++depth;
      from += 2;
    } else if (sql.substr(from, 2) == "*/") {
      from += 2;
      if (--depth == 0) return from;
    } else {
      ++from;
    }
  }
  return std::string_view::npos;
}

}  // namespace pge
