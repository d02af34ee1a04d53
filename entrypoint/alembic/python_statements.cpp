#include "alembic/python_statements.hpp"

#include <algorithm>
#include <array>

namespace pge {
namespace {

using Tokens = std::span<const PythonToken>;
using Bound = std::vector<const PythonToken*>;

bool is_any(const PythonToken& token, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return token.is(word); });
}

bool opens_definition(const PythonToken& token) {
  return is_any(token, {"def", "class", "async", "@"});
}

/// Compound statements whose condition binds nothing but by ":=".
bool opens_condition(const PythonToken& token) {
  return is_any(token, {"if", "elif", "while", "else", "try", "finally"});
}

/// Compound statements whose header may bind names.
bool opens_binding_block(const PythonToken& token) {
  return is_any(token, {"for", "with", "except", "match", "case"});
}

/// The place behind the ":" that ends a compound statement's header; 0 when there is none. A lambda has a ":" too.
std::size_t body_of(Tokens tokens) {
  std::size_t lambdas = 0;
  for (std::size_t at = 0; at < tokens.size(); ++at) {
    if (tokens[at].depth > 0) continue;
    if (tokens[at].is("lambda")) ++lambdas;
    if (!tokens[at].is(":")) continue;
    if (lambdas == 0) return at + 1;
    --lambdas;
  }
  return 0;
}

/// "+=" and the like, without ":=" and comparisons.
bool augments(const PythonToken& token) {
  return token.kind == PythonKind::sign && token.text.size() > 1 && token.text.ends_with('=') &&
         !is_any(token, {"==", "!=", "<=", ">=", ":="});
}

void add_own_names(Tokens tokens, std::size_t begin, std::size_t end, Bound& bound) {
  for (std::size_t at = begin; at < end; ++at) {
    if (is_own_name(tokens, at)) bound.push_back(&tokens[at]);
  }
}

/// `import a.b, c as d`, `from e import f as g, (h, i)`.
void add_imported(Tokens tokens, Bound& bound) {
  const bool from = tokens.front().is("from");
  bool imports = false;
  for (std::size_t at = 0; at < tokens.size(); ++at) {
    const bool starts_one = at > 0 && is_any(tokens[at - 1], {"import", ",", "("});
    if (imports && tokens[at].kind == PythonKind::name) {
      const bool renamed = at + 1 < tokens.size() && tokens[at + 1].is("as");
      if (tokens[at - 1].is("as") || (starts_one && !renamed)) bound.push_back(&tokens[at]);
    }
    if (tokens[at].is("import") && (!from || at > 0)) imports = true;
  }
}

void add_assigned(Tokens tokens, Bound& bound) {
  std::size_t targets = 0;
  for (std::size_t at = 0; at < tokens.size(); ++at) {
    if (tokens[at].depth == 0 && (tokens[at].is("=") || augments(tokens[at]))) targets = at;
  }
  add_own_names(tokens, 0, targets, bound);
}

void add_of_simple(Tokens tokens, Bound& bound) {
  if (tokens.empty()) return;
  if (is_any(tokens.front(), {"import", "from"})) {
    add_imported(tokens, bound);
  } else if (is_any(tokens.front(), {"del", "global", "nonlocal"})) {
    add_own_names(tokens, 1, tokens.size(), bound);
  } else {
    add_assigned(tokens, bound);
  }
}

}  // namespace

void PythonStatements::enter_line(const PythonToken& first) {
  if (first.column == 0) {
    if (opens_definition(first)) {
      scope_ = PythonScope::definition;
    } else if (opens_condition(first) || is_any(first, {"for", "with", "except"})) {
      scope_ = PythonScope::nested;
    } else {
      scope_ = PythonScope::module;
    }
  } else if (scope_ == PythonScope::definition) {
    scope_ = PythonScope::local;
  } else if (scope_ == PythonScope::module) {
    scope_ = PythonScope::nested;  // the body of a match, whose header looks like any statement
  }
}

std::optional<PythonStatement> PythonStatements::next() {
  PythonStatement statement;
  for (;;) {
    PythonToken token = tokens_.next();
    const bool at_end = token.kind == PythonKind::end || token.kind == PythonKind::broken;
    if (token.kind == PythonKind::newline || token.is(";") || at_end) {
      const bool line_ends = token.kind == PythonKind::newline;
      if (token.kind == PythonKind::broken) statement.tokens.push_back(std::move(token));
      if (line_ends) line_start_ = true;
      if (statement.tokens.empty() && !at_end) continue;
      if (statement.tokens.empty()) return std::nullopt;
      return statement;
    }
    if (line_start_) enter_line(token);
    if (line_start_ || statement.tokens.empty()) statement.scope = scope_;
    line_start_ = false;
    // What follows on the line of a def belongs to its body.
    if (token.is(":") && token.depth == 0 && scope_ == PythonScope::definition && !statement.tokens.empty() &&
        !statement.tokens.front().is("@")) {
      statement.tokens.push_back(std::move(token));
      scope_ = PythonScope::local;
      return statement;
    }
    statement.tokens.push_back(std::move(token));
  }
}

bool is_own_name(std::span<const PythonToken> tokens, std::size_t at) {
  if (tokens[at].kind != PythonKind::name) return false;
  if (at > 0 && tokens[at - 1].is(".")) return false;
  return tokens[at].depth == 0 || at + 1 >= tokens.size() || !tokens[at + 1].is("=");
}

std::vector<const PythonToken*> bound_names(const PythonStatement& statement) {
  const Tokens tokens(statement.tokens);
  Bound bound;
  for (std::size_t at = 0; at + 1 < tokens.size(); ++at) {
    if (tokens[at + 1].is(":=")) bound.push_back(&tokens[at]);
  }
  if (statement.scope == PythonScope::definition) {
    for (std::size_t at = 0; at + 1 < tokens.size(); ++at) {
      if (is_any(tokens[at], {"def", "class"})) bound.push_back(&tokens[at + 1]);
    }
    return bound;
  }
  const bool binds = opens_binding_block(tokens.front());
  const std::size_t body = binds || opens_condition(tokens.front()) ? body_of(tokens) : 0;
  if (body > 0) {
    if (binds) add_own_names(tokens, 1, body, bound);
    add_of_simple(tokens.subspan(body), bound);
  } else if (opens_definition(tokens.front())) {
    add_own_names(tokens, 0, tokens.size(), bound);  // a def inside an if: hard to tell, and rare
  } else {
    add_of_simple(tokens, bound);
  }
  return bound;
}

}  // namespace pge
