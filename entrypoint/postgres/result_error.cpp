#include "postgres/result_error.hpp"

#include <cctype>
#include <cstdlib>
#include <format>
#include <utility>

#include "postgres/classify.hpp"

namespace pge {
namespace {

std::string field(const PGresult* result, int code) {
  const char* value = PQresultErrorField(result, code);
  return value == nullptr ? "" : value;
}

/// Two sessions have created or changed the same object at the same moment (CREATE EXTENSION IF NOT EXISTS, GRANT,
/// ALTER ROLE), and PostgreSQL says so by an index of a catalog, or by XX000 and this text. The next try finds what is
/// there.
bool in_a_catalog(std::string_view sqlstate, std::string_view schema, std::string_view message) {
  if (sqlstate == "23505") return schema == "pg_catalog";
  return sqlstate == "XX000" && message.starts_with("tuple concurrently ");
}

}  // namespace

Error result_error(const PGresult* result, std::string_view sql, During during) {
  ServerError server{.sqlstate = field(result, PG_DIAG_SQLSTATE),
                     .detail = field(result, PG_DIAG_MESSAGE_DETAIL),
                     .context = field(result, PG_DIAG_CONTEXT),
                     .statement = excerpt(sql)};
  const char* position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
  if (position != nullptr) server.position = std::strtoull(position, nullptr, 10);
  std::string message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  const bool clash = in_a_catalog(server.sqlstate, field(result, PG_DIAG_SCHEMA_NAME), message);
  const Classification verdict = clash ? Classification{ExitCode::gave_way, Next::again()} : classify(server.sqlstate);
  if (message.empty()) message = one_line_message(PQresultErrorMessage(result));
  return {.code = verdict.code,
          .message = std::move(message),
          .hint = field(result, PG_DIAG_MESSAGE_HINT),
          .server = std::move(server),
          .next = verdict.next,
          .during = during};
}

bool is_plain_error(const PGresult* result) {
  const char* severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  return severity != nullptr && std::string_view(severity) == "ERROR";
}

Error with_cause(Error lost, const std::optional<Error>& answer) {
  if (lost.is_stop() || !answer || !answer->server_answered()) return lost;
  lost.server = {.sqlstate = answer->server->sqlstate};
  if (lost.hint.empty()) lost.hint = session_end_hint(lost.sqlstate());
  return lost;
}

Error closed_connection() {
  return {
      .code = ExitCode::unavailable, .message = "the connection to the database is closed", .next = Next::reconnect()};
}

Error lost_connection(PGconn* raw, During during) {
  const bool commit = during == During::commit;
  std::string reason = one_line_message(PQerrorMessage(raw));
  if (reason.empty()) reason = "no answer";
  return {.code = commit ? ExitCode::in_doubt : ExitCode::unavailable,
          .message = commit ? "the connection was lost during COMMIT, and its outcome is unknown: " + reason
                            : "the connection to the database was lost: " + reason,
          .next = commit ? Next::outcome_unknown() : Next::reconnect()};
}

Error stopped_in_commit(int asked) {
  return {.code = ExitCode::in_doubt,
          .message = std::format("{} while COMMIT was in progress: its outcome is unknown", stopped_by(asked).message),
          .hint = "start again: the history shows what was committed",
          .next = Next::outcome_unknown(asked)};
}

std::string one_line_message(std::string_view message) {
  std::string out;
  while (!message.empty() && std::isspace(static_cast<unsigned char>(message.back())) != 0) message.remove_suffix(1);
  for (const char c : message) {
    const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (c == '\n' && !out.empty() && std::isalnum(static_cast<unsigned char>(out.back())) != 0) out += ';';
    if (space && (out.empty() || out.back() == ' ')) continue;
    out += space ? ' ' : c;
  }
  return out;
}

}  // namespace pge
