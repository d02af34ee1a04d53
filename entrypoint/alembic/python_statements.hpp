#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "alembic/python_tokens.hpp"

namespace pge {

/// Where a statement stands, as far as the names that it binds are concerned.
enum class PythonScope : std::uint8_t {
  module,      ///< at the top level: it is executed exactly once
  nested,      ///< below an if, try, for or with at the top level: it may be executed or not
  definition,  ///< the line of a def, a class or a decorator at the top level
  local,       ///< inside a function or a class: its names are its own
};

/// A simple statement, or the header of a compound one together with what follows on its line up to a ";".
struct PythonStatement {
  PythonScope scope = PythonScope::module;
  std::vector<PythonToken> tokens = {};  ///< at least one; without the newline or ";" that ends it
};

/// Splits Python source into statements, in the order of the text.
class PythonStatements {
 public:
  explicit PythonStatements(std::string_view text) noexcept : tokens_(text) {}

  /// Nothing at the end of the text. A string without an end is a token of kind `broken`, the last one.
  std::optional<PythonStatement> next();

 private:
  void enter_line(const PythonToken& first);

  PythonTokens tokens_;
  PythonScope scope_ = PythonScope::module;
  bool line_start_ = true;
};

/// The tokens that give a name a value, or take it away: targets of assignments (attributes and keyword arguments are
/// none), `for`, `with … as`, `except … as`, `case`, `import`, `del`, `:=`, `def`, `class`. A statement that is hard to
/// tell counts as binding, so that a caller who refuses these never overlooks one.
std::vector<const PythonToken*> bound_names(const PythonStatement& statement);

/// Whether the token at `at` is a name of its own: no attribute of something else, no keyword of an argument.
bool is_own_name(std::span<const PythonToken> tokens, std::size_t at);

}  // namespace pge
