#include "migrator/last_lines.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "log/line.hpp"

namespace pge {
namespace {

constexpr std::size_t most_lines = 8;
constexpr std::size_t most_bytes = 1500;
/// A line may be a whole statement, and must not push out the others.
constexpr std::size_t longest_kept = 240;

/// As psql, Python, Node, Java, Go and Rust write it.
constexpr auto error_words =
    std::to_array<std::string_view>({"rror:", "ERROR", "FATAL", "atal:", "xception:", "panic:", "panicked"});

bool names_error(std::string_view line) {
  return std::ranges::any_of(error_words, [&](std::string_view word) { return line.contains(word); });
}

}  // namespace

void LastLines::add(std::string_view masked) {
  if (masked.find_first_not_of(" \t") == std::string_view::npos) return;
  lines_.push_back(capped(masked, longest_kept));
  size_ += lines_.back().size();
  while (lines_.size() > most_lines || size_ > most_bytes) {
    size_ -= lines_.front().size();
    if (names_error(lines_.front())) earlier_error_ = std::move(lines_.front());
    lines_.pop_front();
  }
}

std::string LastLines::text() const {
  std::string text = earlier_error_;
  for (const std::string& line : lines_) {
    if (!text.empty()) text += '\n';
    text += line;
  }
  return text;
}

}  // namespace pge
