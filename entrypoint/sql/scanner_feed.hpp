#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "core/file_text.hpp"
#include "sql/psql_scanner.hpp"

namespace pge {

/// Says of a line that starts with white space and `--` whether the text ends before it.
using EndsBefore = bool (*)(std::string_view line);

/// Cuts a text into chunks for the scanner. A chunk ends after a line, since psql feeds lines too. The scanner's state
/// survives across chunks, and a new start after COPY data copies one chunk and never the rest of the file.
class ScannerFeed {
 public:
  static constexpr std::size_t largest = std::size_t{1} << 20U;  ///< bytes; only a line longer than that makes more

  /// `ends_before` may be null: no line ends the text.
  ScannerFeed(const FileText& text, EndsBefore ends_before) : file_(text), text_(text), ends_before_(ends_before) {}

  /// The chunk at `begin`. Each is twice as long as the one before it.
  Extent next(std::size_t begin);
  /// Makes the next chunk a single line again, because COPY data is usually followed by another COPY.
  void start_small() noexcept { size_ = 0; }

  /// The start of the first line at or after `from` that `ends_before` picks, quoted or not; else the text's end.
  std::size_t marker(std::size_t from);

 private:
  const FileText& file_;
  std::string_view text_;
  EndsBefore ends_before_;
  std::size_t size_ = 0;
  std::optional<std::size_t> marker_;  // the next marker line; before search_ there is no further one
  std::size_t search_ = 0;
};

}  // namespace pge
