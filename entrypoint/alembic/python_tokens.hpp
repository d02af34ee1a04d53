#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pge {

enum class PythonKind : std::uint8_t { name, string, number, sign, newline, end, broken };

/// A token of Python source (Language Reference, "Lexical analysis"), as far as module-level assignments need it.
struct PythonToken {
  PythonKind kind = PythonKind::end;
  std::string text = {};   ///< a string's value, without quotes; else the token as written
  std::size_t offset = 0;  ///< bytes from the start of the text
  std::size_t column = 0;  ///< bytes from the start of its line: the indentation of a statement's first token
  bool literal = true;     ///< a string whose value is certain: no f-string, no bytes, no rare escape
  int depth = 0;           ///< how many brackets are open around it

  bool is(std::string_view word) const noexcept {
    return (kind == PythonKind::name || kind == PythonKind::sign) && text == word;
  }
};

/// Reads one token after the other; a newline ends a logical line, those inside brackets are left out.
class PythonTokens {
 public:
  explicit PythonTokens(std::string_view text) noexcept : text_(text) {}

  PythonToken next();

 private:
  void skip_blanks() noexcept;
  PythonToken start(PythonKind kind) const noexcept;
  PythonToken quoted(std::size_t prefix_length);
  PythonToken word();
  PythonToken sign();

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 0;  ///< where the current line starts
  int depth_ = 0;
};

}  // namespace pge
