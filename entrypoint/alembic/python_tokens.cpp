#include "alembic/python_tokens.hpp"

#include <algorithm>
#include <cctype>

namespace pge {
namespace {

bool begins_name(char c) noexcept {
  return c == '_' || std::isalpha(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80;
}

bool continues_name(char c) noexcept {
  return begins_name(c) || std::isdigit(static_cast<unsigned char>(c)) != 0;
}

/// r, b, u, f and their pairs, before a quote.
std::size_t string_prefix(std::string_view text) noexcept {
  std::size_t length = 0;
  while (length < text.size() && length < 3 && std::string_view("rRbBuUfF").contains(text[length])) ++length;
  return length < text.size() && length < 3 && (text[length] == '"' || text[length] == '\'') ? length
                                                                                             : std::string_view::npos;
}

}  // namespace

PythonToken PythonTokens::start(PythonKind kind) const noexcept {
  return {.kind = kind, .offset = at_, .column = at_ - line_, .depth = depth_};
}

/// Blanks, comments, joined lines; inside brackets line ends too.
void PythonTokens::skip_blanks() noexcept {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == ' ' || c == '\t') {
      ++at_;
    } else if (c == '\f') {
      // Before a line's first token a form feed starts the indentation anew; elsewhere it is a blank.
      const std::string_view before = text_.substr(line_, at_ - line_);
      ++at_;
      if (before.find_first_not_of(" \t") == std::string_view::npos) line_ = at_;
    } else if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (c == '\\' && text_.substr(at_).starts_with("\\\n")) {
      at_ += 2;
    } else if (c == '\n' && depth_ > 0) {
      line_ = ++at_;
    } else {
      return;
    }
  }
}

PythonToken PythonTokens::next() {
  skip_blanks();
  if (at_ >= text_.size()) return start(PythonKind::end);
  if (text_[at_] == '\n') {
    PythonToken token = start(PythonKind::newline);
    line_ = ++at_;
    return token;
  }
  if (const std::size_t prefix = string_prefix(text_.substr(at_)); prefix != std::string_view::npos) {
    return quoted(prefix);
  }
  if (continues_name(text_[at_])) return word();
  return sign();
}

PythonToken PythonTokens::word() {
  PythonToken token = start(begins_name(text_[at_]) ? PythonKind::name : PythonKind::number);
  while (at_ < text_.size() && continues_name(text_[at_])) token.text += text_[at_++];
  return token;
}

/// One character, or an operator that ends in "=", such as "==" or "+=", so that a single "=" is always an assignment.
PythonToken PythonTokens::sign() {
  PythonToken token = start(PythonKind::sign);
  const char c = text_[at_];
  std::size_t length = 1;
  if (std::string_view("=!<>+-*/%&|^@:").contains(c) && text_.substr(at_ + 1).starts_with('=')) length = 2;
  for (const std::string_view longer : {"**=", "//=", "<<=", ">>="}) {
    if (text_.substr(at_).starts_with(longer)) length = longer.size();
  }
  token.text = text_.substr(at_, length);
  at_ += length;
  if (std::string_view("([{").contains(c)) ++depth_;
  if (std::string_view(")]}").contains(c)) depth_ = std::max(depth_ - 1, 0);
  return token;
}

PythonToken PythonTokens::quoted(std::size_t prefix_length) {
  PythonToken token = start(PythonKind::string);
  const std::string_view prefix = text_.substr(at_, prefix_length);
  const bool raw = prefix.find_first_of("rR") != std::string_view::npos;
  token.literal = prefix.find_first_of("bBfF") == std::string_view::npos;
  at_ += prefix_length;
  const char quote = text_[at_];
  const std::string thrice(3, quote);
  const bool triple = text_.substr(at_).starts_with(thrice);
  at_ += triple ? 3 : 1;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (triple ? text_.substr(at_).starts_with(thrice) : c == quote) {
      at_ += triple ? 3 : 1;
      return token;
    }
    if (c == '\n' && !triple) break;
    if (c == '\n') line_ = at_ + 1;
    if (c != '\\' || at_ + 1 >= text_.size()) {
      token.text += c;
      ++at_;
      continue;
    }
    const char escaped = text_[at_ + 1];
    if (escaped == '\n') line_ = at_ + 2;
    if (raw) {
      token.text += {c, escaped};
    } else if (escaped == '\\' || escaped == '\'' || escaped == '"') {
      token.text += escaped;
    } else if (escaped != '\n') {
      token.literal = false;
    }
    at_ += 2;
  }
  token.kind = PythonKind::broken;
  at_ = text_.size();
  return token;
}

}  // namespace pge
