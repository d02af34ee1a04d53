#include "apply/failure_place.hpp"

#include <charconv>
#include <optional>
#include <string_view>

#include "core/text.hpp"
#include "sql/tokens.hpp"

namespace pge {
namespace {

/// The number at the front of `text`, after anything that is no digit and none of `ends`: "line" is translated by the
/// server's lc_messages.
std::optional<std::size_t> number_in(std::string_view text, std::string_view ends) {
  const std::size_t at = text.find_first_of("0123456789");
  if (at == std::string_view::npos || text.substr(0, at).find_first_of(ends) != std::string_view::npos) {
    return std::nullopt;
  }
  std::size_t number = 0;
  const auto read = std::from_chars(text.data() + at, text.data() + text.size(), number);
  return read.ec == std::errc() && number > 0 ? std::optional(number) : std::nullopt;
}

/// The row that "COPY table, line 500, column n: …" names. The line of the context that begins so may follow those of a
/// trigger's function.
std::optional<std::size_t> copy_row(std::string_view context) {
  std::optional<std::size_t> row;
  for (std::size_t at = 0; at < context.size() && !row; at += line_at(context, at).size() + 1) {
    const std::string_view line = line_at(context, at);
    const std::size_t comma = line.find(", ");
    if (line.starts_with("COPY ") && comma != std::string_view::npos) row = number_in(line.substr(comma), "\":");
  }
  return row;
}

/// The line of "PL/pgSQL function inline_code_block line 3 at RAISE". The outermost call is the last.
std::optional<std::size_t> block_line(std::string_view context) {
  constexpr std::string_view block = "inline_code_block";
  const std::size_t at = context.rfind(block);
  if (at == std::string_view::npos) return std::nullopt;
  return number_in(line_at(context, at + block.size()), "\":");
}

/// The start of the `number`-th line (from 1) at or after the line of `begin`; at most `end`.
std::size_t line_start(std::string_view text, std::size_t begin, std::size_t number, std::size_t end) {
  std::size_t at = begin;
  for (std::size_t line = 1; line < number; ++line) {
    const std::size_t newline = text.find('\n', at);
    if (newline == std::string_view::npos || newline + 1 >= end) return at;
    at = newline + 1;
  }
  return at;
}

/// The body of a DO statement, as an offset in its text.
std::optional<std::size_t> body_of(std::string_view sql) {
  SqlTokens tokens(sql);
  if (!tokens.accept("DO")) return std::nullopt;
  for (Token token = tokens.next(); token.kind != TokenKind::end; token = tokens.next()) {
    if (token.kind == TokenKind::dollar || token.kind == TokenKind::string) return token.offset;
  }
  return std::nullopt;
}

std::size_t first_letter(std::string_view text, std::size_t at) {
  const std::string_view line = line_at(text, at);
  const std::size_t blanks = line.find_first_not_of(" \t");
  return blanks == std::string_view::npos ? at : at + blanks;
}

}  // namespace

std::size_t first_word(const Statement& statement) {
  return statement.offset + SqlTokens(statement.sql).peek().offset;
}

std::size_t failure_place(const Source& source, const Statement& statement, const ServerError& server) {
  if (server.position > 0 && statement.sql.starts_with(server.statement)) {
    return statement.offset + byte_offset(statement.sql, server.position);
  }
  const std::string_view text = source.text;
  if (statement.copy_data && !statement.copy_data->empty()) {
    const auto begin = static_cast<std::size_t>(statement.copy_data->data() - text.data());
    if (const auto row = copy_row(server.context)) {
      return line_start(text, begin, *row, begin + statement.copy_data->size());
    }
  }
  const auto line = block_line(server.context);
  const auto body = line ? body_of(statement.sql) : std::nullopt;
  if (!body || *line == 1) return first_word(statement);
  const std::size_t end = statement.offset + statement.sql.size();
  return first_letter(text, line_start(text, statement.offset + *body, *line, end));
}

}  // namespace pge
