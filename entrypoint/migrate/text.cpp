#include "migrate/text.hpp"

#include <algorithm>
#include <format>

namespace pge {

namespace {

constexpr bool continues_character(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// The length of the well-formed UTF-8 sequence at the front (Unicode standard, table 3-7), 0 when there is
/// none.
std::size_t utf8_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;   // no overlong form
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;  // no surrogate
    return byte(1) >= low && byte(1) <= high && tail(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;  // nothing above U+10FFFF
    return byte(1) >= low && byte(1) <= high && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

Location locate(const std::string& path, std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const std::size_t newline = before.rfind('\n');
  const std::string_view line = newline == std::string_view::npos ? before : before.substr(newline + 1);
  return Location{.file = path,
                  .line = 1 + static_cast<std::size_t>(std::ranges::count(before, '\n')),
                  .column = 1 + static_cast<std::size_t>(
                                    std::ranges::count_if(line, [](char c) { return !continues_character(c); }))};
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

Result<> check_utf8(const std::string& path, std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\0') {
      return invalid_at(path, text, i, "the file has a NUL byte",
                        "PostgreSQL text cannot have one; is this file UTF-16 or binary?");
    }
    const std::size_t length = utf8_length(text.substr(i, 4));
    if (length == 0) {
      return invalid_at(path, text, i,
                        std::format("the file is not UTF-8 (byte 0x{:02x})", static_cast<unsigned char>(text[i])),
                        "save the file as UTF-8");
    }
    i += length;
  }
  return {};
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

std::unexpected<Error> invalid_file(const std::string& path, std::string message, std::string hint) {
  return fail({.code = ExitCode::invalid_migrations,
               .message = std::move(message),
               .hint = std::move(hint),
               .where = {.file = path}});
}

std::unexpected<Error> invalid_at(const std::string& path, std::string_view text, std::size_t offset,
                                  std::string message, std::string hint) {
  return fail(Error{.code = ExitCode::invalid_migrations,
                    .message = std::move(message),
                    .hint = std::move(hint),
                    .where = locate(path, text, offset)});
}

}  // namespace pge
