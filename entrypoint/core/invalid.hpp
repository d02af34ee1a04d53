#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace pge {

/// An `invalid_migrations` failure that concerns a file as a whole.
std::unexpected<Error> invalid_file(const std::string& path, std::string message, std::string hint);

/// An `invalid_migrations` failure that points at `offset` of `text`.
std::unexpected<Error> invalid_at(const std::string& path, std::string_view text, std::size_t offset,
                                  std::string message, std::string hint = {});

/// Fails with `invalid_migrations` and the place of the first NUL byte or invalid UTF-8 sequence.
Result<> check_utf8(const std::string& path, std::string_view text);

}  // namespace pge
