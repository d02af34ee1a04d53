#include "core/secret_shapes.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/block_comment.hpp"

namespace pge {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_space(char c) noexcept {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

bool ends_word(char c) noexcept {
  return std::isspace(static_cast<unsigned char>(c)) != 0 || c == '"';
}

bool same_word(std::string_view text, std::size_t at, std::string_view word) noexcept {
  if (at > text.size() || text.size() - at < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(text[at + i])) != word[i]) return false;
  }
  return true;
}

bool starts_at(const std::string& text, std::size_t at, std::string_view what) noexcept {
  return text.compare(std::min(at, text.size()), what.size(), what) == 0;
}

/// Steps over white space and SQL comments.
std::size_t skip_blanks(const std::string& text, std::size_t at) {
  for (;;) {
    while (at < text.size() && is_space(text[at])) ++at;
    if (starts_at(text, at, "--")) {
      at = std::min(text.find('\n', at), text.size());
    } else if (starts_at(text, at, "/*")) {
      at = std::min(block_comment_end(text, at), text.size());
    } else {
      return std::min(at, text.size());
    }
  }
}

/// Returns the offset after the closing quote of the literal that opens at `from`.
std::size_t quoted_end(const std::string& text, std::size_t from, bool escapes) {
  const char quote = text[from];
  for (std::size_t i = from + 1; i < text.size(); ++i) {
    if (text[i] == '\\' && escapes) {
      ++i;
    } else if (text[i] == quote) {
      if (i + 1 >= text.size() || text[i + 1] != quote) return i + 1;
      ++i;
    }
  }
  return text.size();
}

std::size_t quotes_at(const std::string& text, std::size_t from) {
  const std::size_t end = std::min(text.find_first_not_of(text[from], from), text.size());
  return end - from;
}

/// A literal inside a literal has its quotes doubled: 'CREATE ROLE r PASSWORD \'\'secret\'\''. Two quotes with nothing
/// after them are an empty literal.
bool opens_nested(const std::string& text, std::size_t behind) {
  return behind < text.size() && std::string_view(" \t\r\n,;)").find(text[behind]) == std::string_view::npos;
}

/// Returns the offset after as many quotes as opened the literal; twice as many are a quote inside it.
std::size_t nested_end(const std::string& text, std::size_t from, char quote, std::size_t run) {
  for (std::size_t at = text.find(quote, from); at != std::string::npos; at = text.find(quote, at)) {
    const std::size_t found = quotes_at(text, at);
    const std::size_t inside = found - (found % (2 * run));
    if (found - inside >= run) return at + inside + run;
    at += found;
  }
  return text.size();
}

/// Where a value is in the text, including its quotes.
struct Value {
  std::size_t start;
  std::size_t end;
};

/// Returns a literal of SQL, conninfo or JSON; an empty one if there is none.
Value literal_at(const std::string& text, std::size_t from, bool escapes) {
  std::size_t start = from;
  if (start + 1 < text.size() && std::string_view("eEnN").contains(text[start]) && text[start + 1] == '\'') {
    escapes = escapes || text[start] == 'e' || text[start] == 'E';
    ++start;
  } else if (start + 2 < text.size() && (text[start] == 'u' || text[start] == 'U') &&
             starts_at(text, start + 1, "&'")) {
    start += 2;
  }
  if (start >= text.size()) return {.start = from, .end = from};
  if (text[start] == '$') {
    std::size_t tag = start + 1;
    while (tag < text.size() && (std::isalnum(static_cast<unsigned char>(text[tag])) != 0 || text[tag] == '_')) ++tag;
    if (tag >= text.size() || text[tag] != '$') return {.start = from, .end = from};
    const std::string delimiter = text.substr(start, tag + 1 - start);
    const std::size_t close = text.find(delimiter, tag + 1);
    return {.start = start, .end = close == std::string::npos ? text.size() : close + delimiter.size()};
  }
  if (text[start] != '\'' && text[start] != '"') return {.start = from, .end = from};
  if (const std::size_t run = quotes_at(text, start); run % 2 == 0 && opens_nested(text, start + run)) {
    return {.start = start, .end = nested_end(text, start + run, text[start], run)};
  }
  std::size_t end = quoted_end(text, start, escapes);
  // 'a' <line break> 'b' is one literal.
  for (std::size_t next = skip_blanks(text, end);
       next < text.size() && text[start] == '\'' && text[next] == '\'' && text.substr(end, next - end).contains('\n');
       next = skip_blanks(text, end)) {
    end = quoted_end(text, next, escapes);
  }
  return {.start = start, .end = end};
}

/// `--password secret`, as in a command line.
Value option_value(const std::string& text, std::size_t word, std::size_t word_end) {
  const Value none{.start = word_end, .end = word_end};
  if (word < 2 || text.compare(word - 2, 2, "--") != 0) return none;
  std::size_t at = word_end;
  if (at >= text.size() || text[at] != ' ') return none;
  while (at < text.size() && text[at] == ' ') ++at;
  if (at < text.size() && (text[at] == '\'' || text[at] == '"')) return literal_at(text, at, false);
  std::size_t end = at;
  while (end < text.size() && !is_space(text[end])) ++end;
  return {.start = at, .end = end};
}

/// The value that follows a word that means a password: `password=secret` (conninfo, URL), `PASSWORD 'secret'`,
/// `SET app.password TO 'secret'`, `set_config('app.password', 'secret', …)`, `"password": "secret"`. Empty: none.
Value value_behind(const std::string& text, std::size_t word_end) {
  const Value none{.start = word_end, .end = word_end};
  std::size_t at = skip_blanks(text, word_end);
  const Value literal = literal_at(text, at, false);
  // In 'app.password' the quote behind the word closes a literal.
  const bool closes = at == word_end && at < text.size() && text[at] == '\'' &&
                      (std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\'') % 2 == 1 ||
                       (quotes_at(text, at) % 2 == 0 && !opens_nested(text, at + quotes_at(text, at))));
  const bool is_key = at == word_end && literal.end > literal.start && text[literal.start] == '"';  // "password": …
  if (literal.end > literal.start && !is_key && !closes) return literal;
  at = word_end;
  while (at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_')) ++at;
  while (at < text.size() && text[at] == '\\') ++at;  // \"password\": \"secret\", JSON in JSON
  const char quote = at < text.size() && (text[at] == '\'' || text[at] == '"') ? text[at] : '\0';
  while (quote != '\0' && at < text.size() && text[at] == quote) ++at;
  at = skip_blanks(text, at);
  if (starts_at(text, at, ":=") || starts_at(text, at, "=>") || same_word(text, at, "to")) {
    at = skip_blanks(text, at + 2);
  } else if (starts_at(text, at, "=")) {
    ++at;
    while (at < text.size() && text[at] == ' ') ++at;
    if (const Value quoted = literal_at(text, at, true); quoted.end > quoted.start) return quoted;
    std::size_t end = at;
    while (end < text.size() && !ends_word(text[end]) && text[end] != '&' && text[end] != ';') ++end;
    return {.start = at, .end = end};
  } else if (starts_at(text, at, ",") && quote == '\'') {
    at = skip_blanks(text, at + 1);
  } else if (starts_at(text, at, ":")) {
    at = skip_blanks(text, at + 1);
    const std::size_t escaped = std::min(text.find_first_not_of('\\', at), text.size());
    if (const Value quoted = literal_at(text, escaped, quote == '"' && escaped == at); quoted.end > quoted.start) {
      return quoted;
    }
    std::size_t end = at;
    while (end < text.size() && !ends_word(text[end]) && std::string_view(",;}])'").find(text[end]) == npos) ++end;
    return {.start = at, .end = end};
  } else {
    return none;
  }
  return literal_at(text, at, quote == '"');
}

}  // namespace

void mask_urls(std::string& text) {
  for (std::size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at + 3)) {
    std::size_t end = at + 3;
    while (end < text.size() && !ends_word(text[end])) ++end;
    const std::size_t colon = text.find(':', at + 3);
    const std::size_t last_at = text.rfind('@', end == 0 ? 0 : end - 1);
    if (colon == std::string::npos || last_at == std::string::npos || colon >= last_at || last_at >= end) continue;
    text.replace(colon + 1, last_at - colon - 1, secret_mask);
  }
}

std::size_t password_word_at(std::string_view text, std::size_t at) noexcept {
  static constexpr std::array<std::string_view, 3> words{"password", "passwd", "passphrase"};
  for (const std::string_view word : words) {
    if (same_word(text, at, word)) return word.size();
  }
  return 0;
}

void mask_parameters(std::string& text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t word = password_word_at(text, at);
    if (word == 0) continue;
    Value value = option_value(text, at, at + word);
    if (value.end <= value.start) value = value_behind(text, at + word);
    if (value.end <= value.start) continue;
    text.replace(value.start, value.end - value.start, secret_mask);
    at = value.start;
  }
}

}  // namespace pge
