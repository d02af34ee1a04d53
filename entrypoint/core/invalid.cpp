#include "core/invalid.hpp"

#include <format>
#include <utility>

#include "core/text.hpp"

namespace pge {
namespace {

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

}  // namespace pge
