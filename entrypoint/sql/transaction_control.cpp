#include "sql/transaction_control.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "sql/statement_kind.hpp"
#include "sql/tokens.hpp"

namespace pge {
namespace {

bool at_end(const SqlTokens& tokens) noexcept {
  return tokens.peek().kind == TokenKind::end;
}

void skip_work_or_transaction(SqlTokens& tokens) noexcept {
  if (!tokens.accept("WORK")) tokens.accept("TRANSACTION");
}

/// Steps over SET [SESSION | LOCAL]; false when it is another statement.
bool take_set(SqlTokens& tokens) noexcept {
  if (!tokens.accept("SET")) return false;
  // SET SESSION CHARACTERISTICS and SET SESSION AUTHORIZATION are other commands, and their next word says so.
  if (!tokens.accept("LOCAL")) tokens.accept("SESSION");
  return true;
}

/// Steps over "= value" or "TO value" and returns the value.
Token take_value(SqlTokens& tokens) noexcept {
  if (!tokens.accept('=')) tokens.accept("TO");
  return tokens.next();
}

/// The text of a word, a "name" or a 'string', in lower case.
std::string plain(const Token& token) {
  std::string_view text = token.text;
  const bool quoted = token.kind == TokenKind::name || token.kind == TokenKind::string;
  if (quoted && text.size() >= 2) text = text.substr(1, text.size() - 2);
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

std::optional<Isolation> take_level(SqlTokens& tokens) noexcept {
  if (tokens.accept("SERIALIZABLE")) return Isolation::serializable;
  if (tokens.accept("REPEATABLE"))
    return tokens.accept("READ") ? std::optional(Isolation::repeatable_read) : std::nullopt;
  if (!tokens.accept("READ") || !(tokens.accept("COMMITTED") || tokens.accept("UNCOMMITTED"))) return std::nullopt;
  return Isolation::read_committed;
}

/// ISOLATION LEVEL …, READ ONLY, … up to the end; commas between them are optional.
std::optional<TransactionModes> take_modes(SqlTokens& tokens) noexcept {
  TransactionModes modes;
  while (!at_end(tokens)) {
    if (tokens.accept("ISOLATION")) {
      if (!tokens.accept("LEVEL")) return std::nullopt;
      modes.isolation = take_level(tokens);
      if (!modes.isolation) return std::nullopt;
    } else if (tokens.accept("READ")) {
      modes.read_only = tokens.accept("ONLY");
      if (!modes.read_only && !tokens.accept("WRITE")) return std::nullopt;
    } else {
      tokens.accept("NOT");
      if (!tokens.accept("DEFERRABLE")) return std::nullopt;
    }
    if (tokens.accept(',') && at_end(tokens)) return std::nullopt;
  }
  return modes;
}

/// The same as a setting; the tokens stand after SET.
std::optional<TransactionModes> take_mode_setting(SqlTokens& tokens) {
  const Token name = tokens.next();
  const std::string value = plain(take_value(tokens));
  if (!at_end(tokens)) return std::nullopt;
  if (name.is("TRANSACTION_DEFERRABLE")) return TransactionModes{};
  if (name.is("TRANSACTION_READ_ONLY")) {
    const auto off = std::to_array<std::string_view>({"off", "false", "f", "no", "n", "0"});
    return TransactionModes{.read_only = !std::ranges::contains(off, value)};
  }
  SqlTokens level(value);
  const auto isolation = take_level(level);
  if (!isolation || !at_end(level)) return std::nullopt;
  return TransactionModes{.isolation = isolation};
}

bool names_mode(const Token& token) noexcept {
  return token.is("TRANSACTION_ISOLATION") || token.is("TRANSACTION_READ_ONLY") || token.is("TRANSACTION_DEFERRABLE");
}

}  // namespace

std::string_view level_name(Isolation isolation) noexcept {
  if (isolation == Isolation::serializable) return "serializable";
  return isolation == Isolation::repeatable_read ? "repeatable read" : "read committed";
}

TransactionControl transaction_control(std::string_view sql) noexcept {
  SqlTokens tokens(sql);
  SqlTokens setting(sql);
  const Token verb = tokens.next();
  if (verb.is("BEGIN")) return TransactionControl::begin;
  if (verb.is("START")) return tokens.accept("TRANSACTION") ? TransactionControl::begin : TransactionControl::none;
  if (verb.is("COMMIT") || verb.is("END")) {
    skip_work_or_transaction(tokens);
    return at_end(tokens) ? TransactionControl::commit : TransactionControl::other;
  }
  if (verb.is("ROLLBACK")) {
    skip_work_or_transaction(tokens);
    return tokens.accept("TO") ? TransactionControl::savepoint : TransactionControl::other;
  }
  if (verb.is("SAVEPOINT") || verb.is("RELEASE")) return TransactionControl::savepoint;
  if (verb.is("ABORT")) return TransactionControl::other;
  // PREPARE transaction AS … prepares a statement of that name.
  if (verb.is("PREPARE") && tokens.accept("TRANSACTION") && tokens.peek().kind == TokenKind::string) {
    return TransactionControl::other;
  }
  if (take_set(setting) && (setting.peek().is("TRANSACTION") || names_mode(setting.peek()))) {
    return TransactionControl::set_modes;
  }
  return TransactionControl::none;
}

std::optional<TransactionModes> transaction_modes(std::string_view sql) {
  SqlTokens tokens(sql);
  if (take_set(tokens)) {
    if (names_mode(tokens.peek())) return take_mode_setting(tokens);
    tokens.accept("TRANSACTION");
    if (tokens.accept("SNAPSHOT")) return TransactionModes{.snapshot = true};
    if (at_end(tokens)) return std::nullopt;
  } else {
    tokens.next();
    skip_work_or_transaction(tokens);
  }
  return take_modes(tokens);
}

bool sets_default_isolation(std::string_view sql) noexcept {
  SqlTokens tokens(sql);
  if (!take_set(tokens)) return false;
  if (tokens.accept("DEFAULT_TRANSACTION_ISOLATION")) return true;
  if (!tokens.accept("CHARACTERISTICS")) return false;
  for (Token token = tokens.next(); token.kind != TokenKind::end; token = tokens.next()) {
    if (token.is("ISOLATION")) return true;
  }
  return false;
}

std::string_view needs_transaction_block(std::string_view sql) noexcept {
  SqlTokens tokens(sql);
  const Token verb = tokens.next();
  if (verb.is("LOCK")) return "LOCK TABLE";
  if (verb.is("SET") && tokens.accept("LOCAL")) return "SET LOCAL";
  if (verb.is("SET") && tokens.accept("CONSTRAINTS")) return "SET CONSTRAINTS";
  if (verb.is("SELECT") && set_config_is_local(sql).value_or(false)) return "set_config(…, true)";
  if (verb.is("DECLARE") && session_object(sql).empty()) return "DECLARE … CURSOR";
  return {};
}

bool is_table_lock(std::string_view sql) noexcept {
  return SqlTokens(sql).peek().is("LOCK");
}

bool takes_no_snapshot(std::string_view sql) noexcept {
  const Token verb = SqlTokens(sql).peek();
  return verb.is("SET") || verb.is("RESET") || verb.is("SHOW") || verb.is("LOCK");
}

bool is_harmless_setting(std::string_view sql) noexcept {
  SqlTokens tokens(sql);
  if (!take_set(tokens)) return false;
  return tokens.accept("LOCK_TIMEOUT") || tokens.accept("STATEMENT_TIMEOUT") || tokens.accept("SEARCH_PATH");
}

}  // namespace pge
