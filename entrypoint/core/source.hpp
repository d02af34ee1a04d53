#pragma once

#include <cstddef>
#include <string>

#include "core/error.hpp"
#include "core/file_text.hpp"

namespace pge {

/// A text and where it comes from. All offsets of what was read from it, in bytes, count in `text`; only `at` knows
/// which place of the file they mean. Copies share the text.
struct Source {
  std::string path;  ///< as shown in messages: directory/file, or what the text is when it is not a file
  FileText text;

  /// The line and column of the byte at `offset`; of the end of the text when that lies behind it.
  Location at(std::size_t offset) const;
};

}  // namespace pge
