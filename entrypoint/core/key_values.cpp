#include "core/key_values.hpp"

#include <algorithm>
#include <cstddef>

namespace pge {
namespace {

constexpr std::string_view blanks = " \t\r\n\f\v";

std::string_view stripped(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// A value between `quote`s that are doubled inside, from the front of `text`, which is shortened.
std::optional<std::string> take_quoted(std::string_view& text, char quote) {
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool doubled = text[i] == quote && i + 1 < text.size() && text[i + 1] == quote;
    if (text[i] == quote && !doubled) {
      text.remove_prefix(i + 1);
      return value;
    }
    value += text[i];
    if (doubled) ++i;
  }
  return std::nullopt;
}

/// The value of a connection string that begins at `i`, which is moved behind it.
std::optional<std::string> take_value(std::string_view text, std::size_t& i, Dollar dollar) {
  const bool quoted = i < text.size() && text[i] == '\'';
  if (quoted) ++i;
  std::string value;
  std::size_t open = 0;  // placeholders
  for (; i < text.size() && (quoted ? text[i] != '\'' : open > 0 || !blanks.contains(text[i])); ++i) {
    if (dollar == Dollar::placeholder && text.substr(i).starts_with("${")) ++open;
    if (open > 0 && text[i] == '}') --open;
    if (text[i] == '\\' && ++i == text.size()) return std::nullopt;
    value += text[i];
  }
  if (quoted && i++ == text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<KeyValues> parse_semicolon_values(std::string_view text) {
  KeyValues pairs;
  while (!stripped(text).empty()) {
    const std::size_t equals = text.find('=');
    const std::size_t end = std::min(text.find(';'), text.size());
    if (stripped(text.substr(0, end)).empty()) {
      text.remove_prefix(end + 1);
      continue;
    }
    if (equals == std::string_view::npos || equals > end) return std::nullopt;
    const std::string_view name = stripped(text.substr(0, equals));
    text.remove_prefix(equals + 1);
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    std::string value;
    if (!text.empty() && std::string_view("\"'{").contains(text.front())) {
      auto quoted = take_quoted(text, text.front() == '{' ? '}' : text.front());
      if (!quoted || !stripped(text.substr(0, text.find(';'))).empty()) return std::nullopt;
      value = *std::move(quoted);
    } else {
      value = stripped(text.substr(0, text.find(';')));
    }
    pairs.emplace_back(name, std::move(value));
    const std::size_t next = text.find(';');
    text.remove_prefix(next == std::string_view::npos ? text.size() : next + 1);
  }
  if (pairs.empty()) return std::nullopt;
  return pairs;
}

std::optional<KeyValues> parse_conninfo(std::string_view text, Dollar dollar) {
  KeyValues pairs;
  for (std::size_t i = text.find_first_not_of(blanks); i < text.size(); i = text.find_first_not_of(blanks, i)) {
    const std::size_t equals = text.find('=', i);
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view name = stripped(text.substr(i, equals - i));
    if (name.empty() || name.find_first_of(blanks) != std::string_view::npos) return std::nullopt;
    i = dollar == Dollar::placeholder ? equals + 1 : std::min(text.find_first_not_of(blanks, equals + 1), text.size());
    auto value = take_value(text, i, dollar);
    if (!value) return std::nullopt;
    pairs.emplace_back(name, *std::move(value));
  }
  if (pairs.empty()) return std::nullopt;
  return pairs;
}

std::string conninfo_quoted(std::string_view value) {
  std::string quoted = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '\'';
}

}  // namespace pge
