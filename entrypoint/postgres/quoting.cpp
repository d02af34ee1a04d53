#include "postgres/quoting.hpp"

namespace pge {

std::string quoted_for_a_message(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) quoted.append(c == quote ? 2 : 1, c);
  return quoted + quote;
}

}  // namespace pge
