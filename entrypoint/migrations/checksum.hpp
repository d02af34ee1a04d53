#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/file_text.hpp"
#include "core/sha256.hpp"

namespace pge {

/// What the history keeps of an up part, directives included: SHA-256 in hex. White space at its end does not count, so
/// that an empty line added before `-- migrate:down` is no change. Empty when there is no SHA-256.
std::string checksum_of(std::string_view up);

/// The same over everything above the first line `-- migrate:down`, which is the up part of nearly every file.
std::string likely_checksum(const FileText& text);

/// The checksum of a migration's up part. That of a large text takes a while, and is late: it is computed when it is
/// asked for, or from `start` on in the background. Copies share it.
class Checksum {
 public:
  /// Not known.
  Checksum() = default;
  Checksum(std::string known) : known_(std::move(known)) {}  // NOLINT(google-explicit-constructor): it is a text
  /// Of an up part that is the first `size` bytes of `text`.
  Checksum(const FileText& text, std::size_t size);

  /// Whether it was not known at once. The answer does not change when it is.
  bool is_late() const noexcept { return late_ != nullptr; }

  /// Begins to compute it (see `in_background`), if it is late and nobody has begun.
  void start() const;

  /// Waits for it if it is late. Empty: not known, or there is no SHA-256.
  const std::string& text() const;

 private:
  class Late;

  std::string known_;
  std::shared_ptr<Late> late_;
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
  std::string find(const FileText& text, std::span<const std::string> accepted);

 private:
  std::optional<Sha256> hash_;  ///< from the first time on: with the first one a process loads OpenSSL's algorithms
};

}  // namespace pge
