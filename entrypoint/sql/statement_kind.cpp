#include "sql/statement_kind.hpp"

#include <algorithm>

#include "sql/concurrent_statement.hpp"
#include "sql/tokens.hpp"
#include "sql/transaction_control.hpp"

namespace pge {

namespace {

/// Steps over "( … )" when it is next.
void skip_parentheses(SqlTokens& tokens) noexcept {
  if (!tokens.accept('(')) return;
  for (std::size_t depth = 1; depth > 0;) {
    const Token token = tokens.next();
    if (token.kind == TokenKind::end) return;
    if (token.is('(')) ++depth;
    if (token.is(')')) --depth;
  }
}

/// COPY whose other end is the client; PostgreSQL takes STDIN and STDOUT for the same.
bool copies_over_connection(std::string_view sql, std::string_view direction) noexcept {
  SqlTokens tokens(sql);
  if (!tokens.accept("COPY")) return false;
  // COPY BINARY t is the spelling of before 7.3, still accepted. A table may be called binary.
  SqlTokens ahead(tokens);
  ahead.next();
  if (tokens.peek().is("BINARY") && !ahead.peek().is(direction) && !ahead.peek().is('.') && !ahead.peek().is('(')) {
    tokens.next();
  }
  if (!tokens.peek().is('(')) {
    do {
      const Token part = tokens.next();
      if (part.kind != TokenKind::word && part.kind != TokenKind::name) return false;
    } while (tokens.accept('.'));
  }
  skip_parentheses(tokens);  // columns, or a query
  return tokens.accept(direction) && (tokens.accept("STDIN") || tokens.accept("STDOUT"));
}

/// ALTER TABLE … DETACH PARTITION name CONCURRENTLY; the tokens stand after ALTER TABLE.
bool detaches_concurrently(SqlTokens& tokens) noexcept {
  bool detach = false;
  bool last = false;
  for (Token token = tokens.next(); token.kind != TokenKind::end; token = tokens.next()) {
    detach = detach || token.is("DETACH");
    last = token.is("CONCURRENTLY");
  }
  return detach && last;
}

bool takes_temporary(SqlTokens& tokens) noexcept {
  if (!tokens.accept("LOCAL")) tokens.accept("GLOBAL");
  return tokens.accept("TEMPORARY") || tokens.accept("TEMP");
}

/// After SELECT … INTO TEMP: a table's name; FROM tells that TEMP was the name.
bool names_something(const Token& token) noexcept {
  return token.kind == TokenKind::name || (token.kind == TokenKind::word && !token.is("FROM"));
}

bool is_temporary_schema(const Token& token) noexcept {
  return token.is("PG_TEMP") || (token.kind == TokenKind::name && token.text == "\"pg_temp\"");
}

/// A command that PostgreSQL refuses inside a transaction block; empty: none.
struct Refusal {
  std::string_view command = {};
  bool concurrent = false;
};

Refusal refusal_of(std::string_view sql) noexcept {
  SqlTokens tokens(sql);
  const Token verb = tokens.next();
  if (verb.is("CREATE")) {
    if (tokens.accept("DATABASE")) return {"CREATE DATABASE"};
    if (tokens.accept("TABLESPACE")) return {"CREATE TABLESPACE"};
    tokens.accept("UNIQUE");
    if (tokens.accept("INDEX") && tokens.accept("CONCURRENTLY")) return {"CREATE INDEX CONCURRENTLY", true};
  } else if (verb.is("DROP")) {
    if (tokens.accept("DATABASE")) return {"DROP DATABASE"};
    if (tokens.accept("TABLESPACE")) return {"DROP TABLESPACE"};
    if (tokens.accept("INDEX") && tokens.accept("CONCURRENTLY")) return {"DROP INDEX CONCURRENTLY", true};
  } else if (verb.is("REINDEX")) {
    const Reindex reindex = take_reindex(tokens);
    if (reindex.concurrently) return {"REINDEX CONCURRENTLY", true};
    if (reindex.target == "DATABASE") return {"REINDEX DATABASE"};
    if (reindex.target == "SYSTEM") return {"REINDEX SYSTEM"};
    if (reindex.target == "SCHEMA") return {"REINDEX SCHEMA"};
  } else if (verb.is("VACUUM")) {
    return {"VACUUM"};
  } else if (verb.is("CLUSTER")) {
    skip_parentheses(tokens);
    tokens.accept("VERBOSE");
    if (tokens.peek().kind == TokenKind::end) return {"CLUSTER without a table"};
  } else if (verb.is("DISCARD")) {
    if (tokens.accept("ALL")) return {"DISCARD ALL"};
  } else if (verb.is("ALTER")) {
    if (tokens.accept("SYSTEM")) return {"ALTER SYSTEM"};
    if (tokens.accept("DATABASE")) {
      tokens.next();
      if (tokens.accept("SET") && tokens.accept("TABLESPACE")) return {"ALTER DATABASE SET TABLESPACE"};
    } else if (tokens.accept("TABLE") && detaches_concurrently(tokens)) {
      return {"DETACH PARTITION CONCURRENTLY", true};
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> head_words(std::string_view sql, std::size_t limit) {
  std::vector<std::string> words;
  SqlTokens tokens(sql);
  for (Token token = tokens.next(); token.kind == TokenKind::word && words.size() < limit; token = tokens.next()) {
    std::string& word = words.emplace_back(token.text);
    std::ranges::transform(word, word.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  }
  return words;
}

std::string_view refused_in_transaction(std::string_view sql) noexcept {
  return refusal_of(sql).command;
}

bool is_concurrent(std::string_view sql) noexcept {
  return refusal_of(sql).concurrent;
}

bool must_run_alone(std::string_view sql) noexcept {
  const Token verb = SqlTokens(sql).next();
  return verb.is("CALL") || verb.is("DO") || !refused_in_transaction(sql).empty();
}

bool may_commit_inside(std::string_view sql) noexcept {
  const Token verb = SqlTokens(sql).peek();
  return verb.is("CALL") || verb.is("DO");
}

std::optional<bool> set_config_is_local(std::string_view sql) noexcept {
  SqlTokens tokens(sql);
  if (!tokens.accept("SELECT")) return std::nullopt;
  if (tokens.accept("PG_CATALOG") && !tokens.accept('.')) return std::nullopt;
  if (!tokens.accept("SET_CONFIG")) return std::nullopt;
  Token last;
  for (Token token = tokens.next(); token.kind != TokenKind::end; token = tokens.next()) {
    if (token.kind != TokenKind::symbol) last = token;
  }
  const auto yes = {"'t'", "'true'", "'y'", "'yes'", "'on'", "'1'"};
  return last.is("TRUE") || std::ranges::contains(yes, last.text);
}

bool is_session_setting(std::string_view sql) noexcept {
  SqlTokens tokens(sql);
  const Token verb = tokens.next();
  if (verb.is("RESET")) return true;
  if (verb.is("SELECT")) return set_config_is_local(sql) == false;
  if (!verb.is("SET") || transaction_control(sql) == TransactionControl::set_modes) return false;
  return !tokens.accept("LOCAL") && !tokens.accept("CONSTRAINTS");
}

bool is_copy_from_stdin(std::string_view sql) noexcept {
  return copies_over_connection(sql, "FROM");
}

bool is_copy_to_stdout(std::string_view sql) noexcept {
  return copies_over_connection(sql, "TO");
}

std::string_view session_object(std::string_view sql) noexcept {
  SqlTokens tokens(sql);
  if (tokens.peek().is("PREPARE")) return "PREPARE";
  const bool cursor = tokens.peek().is("DECLARE");
  // It may also stand after WITH, EXPLAIN ANALYZE and parentheses; INSERT INTO temp means a table of that name.
  bool inserts = false;
  for (Token token = tokens.next(); token.kind != TokenKind::end && token.closed; token = tokens.next()) {
    if (token.is("CREATE")) {
      if (tokens.accept("OR")) tokens.accept("REPLACE");
      if (takes_temporary(tokens)) return "CREATE TEMPORARY …";
    } else if (token.is("INTO") && !inserts) {
      if (takes_temporary(tokens) && names_something(tokens.peek())) return "SELECT INTO TEMPORARY …";
    } else if (is_temporary_schema(token) && tokens.peek().is('.')) {
      return "an object in pg_temp";
    } else if (cursor && token.is("WITH") && tokens.accept("HOLD")) {
      return "DECLARE … WITH HOLD";
    }
    inserts = token.is("INSERT") || token.is("MERGE");
  }
  return "";
}

bool is_dropped_on_commit(std::string_view sql) noexcept {
  SqlTokens tokens(sql);
  for (Token token = tokens.next(); token.kind != TokenKind::end && token.closed; token = tokens.next()) {
    if (token.is("ON") && tokens.accept("COMMIT") && tokens.accept("DROP")) return true;
  }
  return false;
}

}  // namespace pge
