#include "core/text.hpp"

#include <algorithm>

#include "core/utf8.hpp"

namespace pge {

std::size_t characters(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !continues_character(c); }));
}

std::size_t byte_offset(std::string_view sql, std::size_t position) noexcept {
  std::size_t offset = 0;
  for (std::size_t character = 1; character < position && offset < sql.size(); ++character) {
    ++offset;
    while (offset < sql.size() && continues_character(sql[offset])) ++offset;
  }
  return offset;
}

void normalise_line_ends(std::string& text) {
  if (text.starts_with(byte_order_mark)) text.erase(0, byte_order_mark.size());
  std::size_t out = text.find('\r');
  if (out == std::string::npos) return;
  for (std::size_t in = out; in < text.size(); ++in) {
    if (text[in] == '\r') {
      if (in + 1 < text.size() && text[in + 1] == '\n') continue;
      text[out++] = '\n';
    } else {
      text[out++] = text[in];
    }
  }
  text.resize(out);
}

std::string_view trim_end(std::string_view text) noexcept {
  const std::size_t last = text.find_last_not_of(" \t\n\r\f\v");
  return last == std::string_view::npos ? std::string_view{} : text.substr(0, last + 1);
}

std::string_view trim(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

std::string_view line_at(std::string_view text, std::size_t start) noexcept {
  return text.substr(start, std::min(text.find('\n', start), text.size()) - start);
}

}  // namespace pge
