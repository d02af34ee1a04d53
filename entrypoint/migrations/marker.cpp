#include "migrations/marker.hpp"

#include <algorithm>
#include <format>
#include <utility>

#include "core/invalid.hpp"
#include "core/text.hpp"

namespace pge {

namespace {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool blank(char c) noexcept {
  return blanks.contains(c);
}

/// Steps over `word` in any case, with the blanks before it.
bool take(std::string_view& rest, std::string_view word) noexcept {
  const auto first = std::ranges::find_if_not(rest, blank);
  const std::string_view from = rest.substr(static_cast<std::size_t>(first - rest.begin()));
  if (from.size() < word.size()) return false;
  if (!std::ranges::equal(from.substr(0, word.size()), word, [](char a, char b) { return lower(a) == b; })) {
    return false;
  }
  rest = from.substr(word.size());
  return true;
}

bool ends_word(std::string_view rest) noexcept {
  return rest.empty() || blank(rest.front());
}

/// dbmate's own form: at the start of the line, lower case, no blank around the colon.
bool is_exact(std::string_view line, std::string_view word) noexcept {
  if (!line.starts_with("--")) return false;
  line.remove_prefix(2);
  const auto first = std::ranges::find_if_not(line, blank);
  return line.substr(static_cast<std::size_t>(first - line.begin())).starts_with(word);
}

}  // namespace

Marker classify_line(std::string_view line) noexcept {
  std::string_view rest = line;
  if (!take(rest, "--")) return Marker::none;
  std::string_view after = rest;
  if (take(after, "pg-entrypoint") && take(after, ":")) return Marker::directive;
  after = rest;
  if (take(after, "migrate") && take(after, ":")) {
    for (const auto& [word, marker] : {std::pair{"up", Marker::up}, std::pair{"down", Marker::down}}) {
      std::string_view end = after;
      if (!take(end, word) || !ends_word(end)) continue;
      return is_exact(line, std::string_view("migrate:")) &&
                     is_exact(line, marker == Marker::up ? "migrate:up" : "migrate:down")
                 ? marker
                 : Marker::unclear;
    }
  }
  after = rest;
  if (take(after, "+goose")) return Marker::foreign;
  after = rest;
  if (take(after, "--") && take(after, "create") && take(after, "above") && take(after, "/")) return Marker::foreign;
  return Marker::none;
}

bool is_marker(std::string_view line) noexcept {
  return classify_line(line) != Marker::none;
}

std::unexpected<Error> misplaced_marker(const Source& source, std::size_t offset) {
  const std::string_view line = line_at(source.text, offset);
  switch (classify_line(line)) {
    case Marker::up:
      return invalid_at(source, offset, "-- migrate:up must come before the first statement, and once",
                        "move it to the top of the file");
    case Marker::down:
      return invalid_at(source, offset, "a second line -- migrate:down",
                        "a file can have only one down part: merge the two");
    case Marker::directive:
      return invalid_at(source, offset, "directives must come before the first statement",
                        std::format("move this line to the top of the file: {}", trim(line)));
    case Marker::foreign:
      return invalid_at(source, offset, std::format("this file uses the marker lines of another tool: {}", trim(line)),
                        "separate its parts with a line -- migrate:down, and remove the other tool's lines");
    case Marker::unclear:
    case Marker::none:
      break;
  }
  return invalid_at(source, offset, std::format("ambiguous line: {}", trim(line)),
                    "write it at the start of the line and in lower case: -- migrate:up or -- migrate:down");
}

}  // namespace pge
