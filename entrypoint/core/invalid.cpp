#include "core/invalid.hpp"

#include <format>
#include <utility>

#include "core/utf8.hpp"

namespace pge {

std::unexpected<Error> invalid_file(const std::string& path, std::string message, std::string hint) {
  return fail({.code = ExitCode::invalid_migrations,
               .message = std::move(message),
               .hint = std::move(hint),
               .where = {.file = path}});
}

std::unexpected<Error> invalid_at(const Source& source, std::size_t offset, std::string message, std::string hint) {
  return fail(Error{.code = ExitCode::invalid_migrations,
                    .message = std::move(message),
                    .hint = std::move(hint),
                    .where = source.at(offset)});
}

bool is_utf8(std::string_view text) noexcept {
  return find_invalid_utf8(text) == std::string_view::npos && !text.contains('\0');
}

Result<> check_utf8(const Source& source) {
  if (source.text.is_plain()) return {};
  const std::string_view text = source.text;
  const std::size_t invalid = find_invalid_utf8(text);
  if (const std::size_t nul = text.substr(0, invalid).find('\0'); nul != std::string_view::npos) {
    return invalid_at(source, nul, "the file contains a NUL byte",
                      "PostgreSQL text cannot contain one; is this file UTF-16 or binary?");
  }
  if (invalid == std::string_view::npos) return {};
  return invalid_at(source, invalid,
                    std::format("the file is not UTF-8 (byte 0x{:02x})", static_cast<unsigned char>(text[invalid])),
                    "save the file as UTF-8");
}

}  // namespace pge
