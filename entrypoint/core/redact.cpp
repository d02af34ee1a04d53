#include "core/redact.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

namespace pge {
namespace {

constexpr std::string_view mask = "***";
constexpr std::size_t shortest_secret = 4;

bool is_space(char c) noexcept {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

/// Steps over E, N or U& in front of a quote.
std::size_t literal_start(const std::string& text, std::size_t at) {
  const auto quote_at = [&](std::size_t place) { return place < text.size() && text[place] == '\''; };
  if (at < text.size() && std::string_view("eEnN").contains(text[at]) && quote_at(at + 1)) return at + 1;
  if (at < text.size() && std::string_view("uU").contains(text[at]) && quote_at(at + 2)) return at + 2;
  return at;
}

/// One past the end of a $tag$…$tag$ literal.
std::size_t dollar_end(const std::string& text, std::size_t from) {
  const std::size_t second = text.find('$', from + 1);
  if (second == std::string::npos) return text.size();
  const std::string tag = text.substr(from, second - from + 1);
  const std::size_t close = text.find(tag, second + 1);
  return close == std::string::npos ? text.size() : close + tag.size();
}

bool ends_word(char c) noexcept {
  return std::isspace(static_cast<unsigned char>(c)) != 0 || c == '"';
}

bool same_word(std::string_view text, std::size_t at, std::string_view word) noexcept {
  if (text.size() - at < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (std::tolower(static_cast<unsigned char>(text[at + i])) != word[i]) return false;
  }
  return true;
}

/// `scheme://user:secret@host`: between the first colon after `://` and the last `@` of the word. A password may
/// itself hold `@`, `/`, `?` and `#` when somebody forgot to encode it, so the word's end is white space only.
void mask_urls(std::string& text) {
  for (std::size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at + 3)) {
    std::size_t end = at + 3;
    while (end < text.size() && !ends_word(text[end])) ++end;
    const std::size_t colon = text.find(':', at + 3);
    const std::size_t last_at = text.rfind('@', end == 0 ? 0 : end - 1);
    if (colon == std::string::npos || last_at == std::string::npos || colon >= last_at || last_at >= end) continue;
    text.replace(colon + 1, last_at - colon - 1, mask);
  }
}

/// A quoted or bare value that begins at `from`; returns one past its end.
std::size_t value_end(const std::string& text, std::size_t from, bool escapes) {
  const char quote = text[from];
  if (quote == '\'' || quote == '"') {
    for (std::size_t i = from + 1; i < text.size(); ++i) {
      if (text[i] == '\\' && escapes) {
        ++i;
      } else if (text[i] == quote) {
        if (i + 1 < text.size() && text[i + 1] == quote) {
          ++i;
        } else {
          return i + 1;
        }
      }
    }
    return text.size();
  }
  std::size_t end = from;
  while (end < text.size() && !ends_word(text[end]) && text[end] != '&' && text[end] != ';') ++end;
  return end;
}

/// `password=secret` (conninfo, URL parameter) and SQL's `PASSWORD 'secret'`.
void mask_parameters(std::string& text) {
  static constexpr std::array<std::string_view, 3> words{"password", "passwd", "passphrase"};
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const std::string_view word : words) {
      if (!same_word(text, at, word)) continue;
      std::size_t next = at + word.size();
      while (next < text.size() && is_space(text[next])) ++next;
      const bool parameter = next < text.size() && text[next] == '=';
      if (parameter) {
        ++next;
        while (next < text.size() && text[next] == ' ') ++next;
      }
      bool escapes = parameter;
      if (!parameter) {
        const std::size_t quote = literal_start(text, next);
        escapes = quote > next && (text[next] == 'e' || text[next] == 'E');
        next = quote;
      }
      const bool literal = next < text.size() && (text[next] == '\'' || text[next] == '$');
      if (next >= text.size() || (!parameter && !literal)) continue;
      const std::size_t end = text[next] == '$' && !parameter ? dollar_end(text, next) : value_end(text, next, escapes);
      text.replace(next, end - next, mask);
      at = next;
    }
  }
}

/// A password such as "postgres" must not turn "postgresql" into "***ql": only whole words are masked.
void mask_word(std::string& text, const std::string& secret) {
  const auto inside_word = [&](std::size_t at) {
    return at < text.size() && std::isalnum(static_cast<unsigned char>(text[at])) != 0;
  };
  std::size_t from = 0;
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, from)) {
    const bool left = at > 0 && inside_word(at - 1) && inside_word(at);
    const bool right = inside_word(at + secret.size() - 1) && inside_word(at + secret.size());
    if (!left && !right) text.replace(at, secret.size(), mask);
    from = at + (left || right ? 1 : mask.size());
  }
}

}  // namespace

void Redactor::add(std::string_view secret) {
  if (secret.size() < shortest_secret) return;
  if (std::ranges::find(secrets_, secret) != secrets_.end()) return;
  secrets_.emplace_back(secret);
  std::ranges::sort(secrets_, [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::string Redactor::operator()(std::string_view text) const {
  std::string out(text);
  for (const std::string& secret : secrets_) mask_word(out, secret);
  mask_urls(out);
  mask_parameters(out);
  return out;
}

}  // namespace pge
