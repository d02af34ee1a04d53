#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/sha256.hpp"

namespace pge {

/// What the history keeps of an up part, directives included: SHA-256 in hex. White space at its end does not count, so
/// that an empty line added before `-- migrate:down` is no change. Empty when there is no SHA-256.
std::string checksum_of(std::string_view up);

/// Recognises the up part of a file by its checksum, without parsing the file.
///
/// Only the scanner knows where an up part ends: at the end of the text or at a line `-- migrate:down`, but not at one
/// inside a string or a function's body. So the text is hashed up to each such line. That the checksum up to one of
/// them was accepted is proof enough: it was computed from this very text when it was parsed, so everything that is
/// opened in it is closed, and there the scanner would stop as well.
class ChecksumFinder {
 public:
  /// The one of `accepted` that the text has; empty: it has none of them, or only parsing can tell.
  std::string find(std::string_view text, std::span<const std::string> accepted);

 private:
  Sha256 hash_;
};

}  // namespace pge
