#include "sql/scanner_feed.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace pge {

namespace {

constexpr auto npos = std::string_view::npos;
constexpr std::size_t smallest = std::size_t{4} << 10U;

/// A chunk ends before a line that cannot continue a string of the line above: 'a' <newline> 'b' is one literal,
/// with white space and comments between, and the scanner looks for the second quote while it has the first.
/// Every line \. and \restrict begins a chunk, so that no text is given to the scanner twice.
std::size_t end_at_or_behind(std::string_view text, std::size_t end, std::size_t limit) noexcept {
  while (true) {
    const std::size_t newline = text.find('\n', end);
    if (newline == npos || newline + 1 >= limit) return limit;
    end = newline + 1;
    const std::size_t first = text.find_first_not_of(" \t\r\f\v", end);
    if (first != npos && std::string_view("'-\n").find(text[first]) == npos) return end;
  }
}

}  // namespace

Extent ScannerFeed::next(std::size_t begin) {
  const std::size_t end = end_at_or_behind(text_, begin + size_, marker(begin + 1));
  size_ = std::clamp(size_ * 2, smallest, largest);
  return {begin, end};
}

std::size_t ScannerFeed::marker(std::size_t from) {
  if (ends_before_ == nullptr) return text_.size();
  while (!marker_ || *marker_ < from) {
    const std::size_t dashes = file_.find(TextSurvey::Landmark::dashes, std::max(search_, from));
    if (dashes == npos) return marker_.emplace(text_.size());
    const std::size_t newline = dashes == 0 ? npos : text_.rfind('\n', dashes - 1);
    const std::size_t line = newline == npos ? 0 : newline + 1;
    search_ = std::min(text_.find('\n', dashes), text_.size());
    const bool only_blanks = trim(text_.substr(line, dashes - line)).empty();
    if (line >= from && only_blanks && ends_before_(line_at(text_, line))) marker_ = line;
  }
  return *marker_;
}

}  // namespace pge
