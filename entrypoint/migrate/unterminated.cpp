#include "migrate/unterminated.hpp"

#include <algorithm>
#include <format>
#include <vector>

#include "migrate/sql_tokens.hpp"

namespace pge {

Unterminated find_unterminated(std::string_view statement, Open open) {
  SqlTokens tokens(statement);
  std::vector<std::size_t> parentheses;
  Token token = tokens.next();
  for (; token.kind != TokenKind::end && token.closed; token = tokens.next()) {
    if (token.is('(')) parentheses.push_back(token.offset);
    if (token.is(')') && !parentheses.empty()) parentheses.pop_back();
  }
  const std::size_t quote = token.closed ? statement.size() : token.offset;
  switch (open) {
    case Open::string:
      return {quote, "a quoted string is never closed", "close it with '"};
    case Open::identifier:
      return {quote, "a quoted identifier is never closed", "close it with \""};
    case Open::dollar_quote: {
      const std::size_t tag = std::min(token.text.find('$', 1), token.text.size());
      return {quote, "a dollar-quoted string is never closed",
              std::format("close it with {}", token.closed ? "its tag" : token.text.substr(0, tag + 1))};
    }
    case Open::comment:
      return {quote, "a block comment is never closed", "close it with */ (block comments nest)"};
    case Open::parenthesis:
      return {parentheses.empty() ? statement.size() : parentheses.front(), "a parenthesis is never closed",
              "close it with )"};
    default:
      return {0, "a function body BEGIN ATOMIC is never closed", "close it with END;"};
  }
}

}  // namespace pge
