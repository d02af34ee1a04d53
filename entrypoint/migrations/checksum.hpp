#pragma once

#include <cstddef>
#include <future>
#include <span>
#include <string>
#include <string_view>

#include "core/file_text.hpp"
#include "core/sha256.hpp"

namespace pge {

/// What the history keeps of an up part, directives included: SHA-256 in hex. White space at its end does not count, so
/// that an empty line added before `-- migrate:down` is no change. Empty when there is no SHA-256.
std::string checksum_of(std::string_view up);

/// The same over everything above the first line `-- migrate:down`, which is the up part of nearly every file.
std::string likely_checksum(std::string_view text);

/// The checksum of a file's up part while its end is being looked for: to hash a large text takes as long as to scan
/// it, so what is likely to be the up part is hashed in the background meanwhile.
class UpChecksum {
 public:
  explicit UpChecksum(const FileText& text);

  /// When it is known what the up part is.
  std::string of(std::string_view up);

 private:
  struct Likely {
    std::size_t size;
    std::string checksum;
  };
  std::future<Likely> likely_;  ///< not for a small text
};

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
