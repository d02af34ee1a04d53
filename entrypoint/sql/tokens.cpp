#include "sql/tokens.hpp"

#include <algorithm>

#include "core/block_comment.hpp"

namespace pge {

namespace {

constexpr bool is_space(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

constexpr bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

constexpr char upper(char c) noexcept {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// Every byte of a multi-byte character may be part of an identifier (scan.l: ident_start).
constexpr bool starts_word(char c) noexcept {
  return (upper(c) >= 'A' && upper(c) <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

constexpr bool continues_tag(char c) noexcept {
  return starts_word(c) || is_digit(c);
}

constexpr bool continues_word(char c) noexcept {
  return continues_tag(c) || c == '$';
}

}  // namespace

bool Token::is(std::string_view upper_case_word) const noexcept {
  return kind == TokenKind::word &&
         std::ranges::equal(text, upper_case_word, [](char a, char b) { return upper(a) == b; });
}

Token SqlTokens::take(TokenKind kind, std::size_t end, bool closed) noexcept {
  const Token token{
      .kind = kind, .offset = position_, .text = sql_.substr(position_, end - position_), .closed = closed};
  position_ = end;
  return token;
}

bool SqlTokens::skip_blanks(Token& unclosed) noexcept {
  while (position_ < sql_.size()) {
    if (is_space(at(position_))) {
      ++position_;
    } else if (at(position_) == '-' && at(position_ + 1) == '-') {
      position_ = std::min(sql_.find_first_of("\r\n", position_), sql_.size());
    } else if (at(position_) == '/' && at(position_ + 1) == '*') {
      const std::size_t end = block_comment_end(sql_, position_);
      if (end == std::string_view::npos) {
        unclosed = take(TokenKind::comment, sql_.size(), false);
        return false;
      }
      position_ = end;
    } else {
      return true;
    }
  }
  return true;
}

Token SqlTokens::quoted(TokenKind kind, std::size_t quote, bool escapes) noexcept {
  const char mark = at(quote);
  std::size_t end = quote + 1;
  while (end < sql_.size()) {
    const bool escaped = escapes && at(end) == '\\';
    const bool doubled = at(end) == mark && at(end + 1) == mark;
    if (at(end) == mark && !doubled) return take(kind, end + 1);
    end += escaped || doubled ? 2 : 1;
  }
  return take(kind, sql_.size(), false);
}

Token SqlTokens::dollar_quoted() noexcept {
  std::size_t end = position_ + 1;
  if (starts_word(at(end))) {
    while (continues_tag(at(end))) ++end;
  }
  if (at(end) != '$') return take(TokenKind::symbol, position_ + 1);  // $1, or a lone dollar
  const std::string_view tag = sql_.substr(position_, end + 1 - position_);
  const std::size_t close = sql_.find(tag, end + 1);
  if (close == std::string_view::npos) return take(TokenKind::dollar, sql_.size(), false);
  return take(TokenKind::dollar, close + tag.size());
}

Token SqlTokens::next() noexcept {
  Token unclosed;
  if (!skip_blanks(unclosed)) return unclosed;
  if (position_ >= sql_.size()) return take(TokenKind::end, sql_.size());

  const char c = at(position_);
  const char second = at(position_ + 1);
  if (c == '\'') return quoted(TokenKind::string, position_, false);
  if (c == '"') return quoted(TokenKind::name, position_, false);
  if (c == '$') return dollar_quoted();
  if (second == '\'' && upper(c) == 'E') return quoted(TokenKind::string, position_ + 1, true);
  if (second == '\'' && (upper(c) == 'B' || upper(c) == 'X' || upper(c) == 'N')) {
    return quoted(TokenKind::string, position_ + 1, false);
  }
  if (upper(c) == 'U' && second == '&') {
    if (at(position_ + 2) == '\'') return quoted(TokenKind::string, position_ + 2, false);
    if (at(position_ + 2) == '"') return quoted(TokenKind::name, position_ + 2, false);
  }
  if (starts_word(c)) {
    std::size_t end = position_ + 1;
    while (continues_word(at(end))) ++end;
    return take(TokenKind::word, end);
  }
  return take(TokenKind::symbol, position_ + 1);
}

Token SqlTokens::peek() const noexcept {
  return SqlTokens(*this).next();
}

bool SqlTokens::accept(std::string_view upper_case_word) noexcept {
  SqlTokens ahead(*this);
  if (!ahead.next().is(upper_case_word)) return false;
  *this = ahead;
  return true;
}

bool SqlTokens::accept(char symbol) noexcept {
  SqlTokens ahead(*this);
  if (!ahead.next().is(symbol)) return false;
  *this = ahead;
  return true;
}

bool is_blank(std::string_view sql) noexcept {
  return SqlTokens(sql).next().kind == TokenKind::end;
}

}  // namespace pge
