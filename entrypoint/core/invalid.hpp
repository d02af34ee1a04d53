#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/source.hpp"

namespace pge {

/// An `invalid_migrations` failure that concerns a file as a whole.
std::unexpected<Error> invalid_file(const std::string& path, std::string message, std::string hint);

/// An `invalid_migrations` failure that points at byte `offset` of the source's text.
std::unexpected<Error> invalid_at(const Source& source, std::size_t offset, std::string message, std::string hint = {});

/// Whether a text is UTF-8 without a NUL byte.
bool is_utf8(std::string_view text) noexcept;

/// Fails with `invalid_migrations` and the place of the first NUL byte or invalid UTF-8 sequence.
Result<> check_utf8(const Source& source);

}  // namespace pge
