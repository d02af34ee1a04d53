#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace pge {

/// The end of what a migrator has written, for the error that reports its failure: at most eight lines and 1500 bytes,
/// and besides them the last line that names an error, because many tools print it before the statement or the stack.
class LastLines {
 public:
  /// `masked`: without secrets; it may be shown to everybody who may read the log.
  void add(std::string_view masked);
  /// In the order in which they came, separated by line feeds; empty when nothing was written.
  std::string text() const;

 private:
  std::deque<std::string> lines_;
  std::size_t size_ = 0;
  std::string earlier_error_;  ///< of those that are no longer in `lines_`
};

}  // namespace pge
