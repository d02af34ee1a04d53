#pragma once

#include <string_view>

#include "core/error.hpp"

namespace pge {

inline constexpr const char* encode_hint =
    "in a URL the characters @ : / ? # % [ ] and space of a user name or password must be written %40 %3A %2F %3F "
    "%23 %25 %5B %5D %20";

/// The bytes of a URL or connection string: what an editor or a shell puts in front of a text that it saves (Windows'
/// own tools write UTF-16, or UTF-8 with a byte order mark), and NUL bytes. `variable` names the source in messages,
/// here and below; each error is `configuration`.
Result<> check_encoding(std::string_view text, std::string_view variable);

/// Characters that were added around the URL on its way here: quotes and white space.
Result<> check_frame(std::string_view url, std::string_view variable);

/// What follows "scheme://". If a password has an unencoded special character, or an IPv6 address no brackets, libpq
/// takes a part of it for the host or the port and quotes that in its message, so the form is checked here first.
Result<> check_authority(std::string_view rest, std::string_view variable);

}  // namespace pge
