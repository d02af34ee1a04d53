#include "migrations/remark.hpp"

#include <algorithm>
#include <array>

#include "core/block_comment.hpp"
#include "core/text.hpp"
#include "migrations/marker.hpp"

namespace pge {
namespace {

/// The sentences in new files of this program, sqlx, diesel and tern.
constexpr auto new_file_sentences = std::to_array<std::string_view>({
    "What this migration does, and why. It runs in one transaction.",
    "Add migration script here",
    "Add up migration script here",
    "Your SQL goes here",
    "Write your migrate up statements here",
});

/// A letter or digit of any script.
bool is_written(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// Whether there is a word in it that no tool has written.
bool says_something(std::string_view comment) noexcept {
  const auto first = std::ranges::find_if(comment, is_written);
  if (first == comment.end()) return false;
  const std::string_view text = comment.substr(static_cast<std::size_t>(first - comment.begin()));
  return std::ranges::none_of(new_file_sentences,
                              [&](std::string_view sentence) { return trim_end(text) == sentence; });
}

}  // namespace

bool has_remark(std::string_view text) {
  for (std::size_t at = 0; (at = text.find_first_of("-/", at)) != std::string_view::npos;) {
    std::size_t end = at + 1;
    if (text.substr(at, 2) == "--") {
      const std::string_view line = line_at(text, at);
      end = at + line.size();
      if (classify_line(line) == Marker::none && says_something(line)) return true;
    } else if (text.substr(at, 2) == "/*") {
      end = std::min(block_comment_end(text, at), text.size());
      if (says_something(text.substr(at, end - at))) return true;
    }
    at = end;
  }
  return false;
}

}  // namespace pge
