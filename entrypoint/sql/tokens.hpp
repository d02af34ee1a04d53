#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pge {

enum class TokenKind : std::uint8_t {
  end,      ///< nothing but white space and comments was left
  word,     ///< key word or bare identifier
  name,     ///< "quoted identifier"
  string,   ///< any literal in single quotes, its prefix included
  dollar,   ///< $tag$ … $tag$
  comment,  ///< only ever returned unclosed: closed comments are skipped
  symbol,   ///< one character of anything else
};

/// A lexical element; `closed` is false when the text ends inside of it.
struct Token {
  TokenKind kind = TokenKind::end;
  std::size_t offset = 0;
  std::string_view text = {};
  bool closed = true;

  bool is(std::string_view upper_case_word) const noexcept;
  bool is(char symbol) const noexcept { return kind == TokenKind::symbol && text.front() == symbol; }
};

/// Reads a statement's elements one by one, after the PostgreSQL manual, chapter "Lexical Structure". It recognises key
/// words at the head and finds a quote that was never closed. Where a statement ends is decided by psql's scanner alone
/// (splitter.hpp).
class SqlTokens {
 public:
  explicit SqlTokens(std::string_view sql) : sql_(sql) {}

  Token next() noexcept;
  /// Returns the next token without consuming it.
  Token peek() const noexcept;
  /// Step over the next token if it is this word.
  bool accept(std::string_view upper_case_word) noexcept;
  bool accept(char symbol) noexcept;

 private:
  char at(std::size_t offset) const noexcept { return offset < sql_.size() ? sql_[offset] : '\0'; }
  Token take(TokenKind kind, std::size_t end, bool closed = true) noexcept;
  Token quoted(TokenKind kind, std::size_t quote, bool escapes) noexcept;
  Token dollar_quoted() noexcept;
  bool skip_blanks(Token& unclosed) noexcept;

  std::string_view sql_;
  std::size_t position_ = 0;
};

/// True when there is nothing but white space and comments.
bool is_blank(std::string_view sql) noexcept;

}  // namespace pge
