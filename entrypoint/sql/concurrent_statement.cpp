#include "sql/concurrent_statement.hpp"

namespace pge {
namespace {

/// "schema.table" as written, without blanks around the dots; empty when there is no name.
std::string take_name(SqlTokens& tokens) {
  std::string name;
  do {
    const Token part = tokens.peek();
    if (part.kind != TokenKind::word && part.kind != TokenKind::name) return {};
    tokens.next();
    if (!name.empty()) name += '.';
    name += part.text;
  } while (tokens.accept('.'));
  return name;
}

}  // namespace

Reindex take_reindex(SqlTokens& tokens) noexcept {
  Reindex result;
  if (tokens.accept('(')) {
    while (true) {
      const Token token = tokens.next();
      if (token.kind == TokenKind::end || token.is(')')) break;
      if (!token.is("CONCURRENTLY")) continue;
      const Token value = tokens.peek();
      const bool off =
          value.is("FALSE") || value.is("OFF") || value.is('0') || value.text == "'false'" || value.text == "'off'";
      result.concurrently = !off;
    }
  }
  for (const std::string_view word : {"TABLE", "INDEX", "SCHEMA", "DATABASE", "SYSTEM"}) {
    if (tokens.accept(word)) {
      result.target = word;
      break;
    }
  }
  if (tokens.accept("CONCURRENTLY")) result.concurrently = true;
  return result;
}

std::optional<ConcurrentIndex> concurrent_index(std::string_view sql) {
  SqlTokens tokens(sql);
  const Token verb = tokens.next();
  ConcurrentIndex found;
  if (verb.is("CREATE")) {
    tokens.accept("UNIQUE");
    if (!tokens.accept("INDEX") || !tokens.accept("CONCURRENTLY")) return std::nullopt;
    if (tokens.accept("IF") && tokens.accept("NOT")) tokens.accept("EXISTS");
    if (!tokens.peek().is("ON")) found.index = take_name(tokens);
    if (tokens.accept("ON")) {
      tokens.accept("ONLY");
      found.table = take_name(tokens);
    }
    return found;
  }
  if (verb.is("DROP")) {
    found.action = ConcurrentIndex::Action::drop;
    if (!tokens.accept("INDEX") || !tokens.accept("CONCURRENTLY")) return std::nullopt;
    if (tokens.accept("IF")) tokens.accept("EXISTS");
    found.index = take_name(tokens);
    if (tokens.peek().is(',')) found.index.clear();
    return found;
  }
  if (verb.is("REINDEX")) {
    found.action = ConcurrentIndex::Action::reindex;
    const Reindex reindex = take_reindex(tokens);
    if (!reindex.concurrently) return std::nullopt;
    if (reindex.target == "INDEX") found.index = take_name(tokens);
    if (reindex.target == "TABLE") found.table = take_name(tokens);
    if (reindex.target == "SCHEMA") found.schema = take_name(tokens);
    return found;
  }
  return std::nullopt;
}

std::optional<ConcurrentDetach> concurrent_detach(std::string_view sql) {
  SqlTokens tokens(sql);
  if (!tokens.accept("ALTER") || !tokens.accept("TABLE")) return std::nullopt;
  if (tokens.accept("IF")) tokens.accept("EXISTS");
  tokens.accept("ONLY");
  ConcurrentDetach found{.table = take_name(tokens), .partition = {}};
  if (!tokens.accept("DETACH") || !tokens.accept("PARTITION")) return std::nullopt;
  found.partition = take_name(tokens);
  if (!tokens.accept("CONCURRENTLY")) return std::nullopt;
  return found;
}

bool has_escaped_name(std::string_view sql) noexcept {
  SqlTokens tokens(sql);
  for (Token token = tokens.next(); token.kind != TokenKind::end && token.closed; token = tokens.next()) {
    if (token.kind == TokenKind::name && token.text.front() != '"') return true;
  }
  return false;
}

}  // namespace pge
