#include "postgres/result_error.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
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

struct SessionEnd {
  std::string_view sqlstate;
  std::string_view hint;
};

/// What a server says when it ends a session (appendix A, classes 25 and 57). A process that crashes says nothing.
constexpr auto session_ends = std::to_array<SessionEnd>({
    {"57P01",
     "an administrator or a watchdog ended the session with pg_terminate_backend, or the server was shut down: see "
     "the server's log, and spare sessions whose application_name begins with pg-entrypoint/"},
    {"57P02", "another process of the server crashed, and all sessions ended: see the server's log"},
    {"57P04", "the database was dropped"},
    {"57P05", "idle_session_timeout ended the session: the migration or a pooler sets it"},
    {"25P03", "idle_in_transaction_session_timeout ended the session: the migration or a pooler sets it"},
    {"25P04", "transaction_timeout ended the session: the migration or a pooler sets it"},
});

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
  const Verdict verdict = clash ? Verdict{ExitCode::gave_way, Next::again()} : classify(server.sqlstate);
  if (message.empty()) message = one_line_message(PQresultErrorMessage(result));
  return {.code = verdict.code,
          .message = std::move(message),
          .hint = field(result, PG_DIAG_MESSAGE_HINT),
          .server = std::move(server),
          .next = verdict.next,
          .during = during};
}

std::string one_line_message(std::string_view message) {
  std::string out;
  for (const char c : message) {
    const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (space && (out.empty() || out.back() == ' ')) continue;
    out += space ? ' ' : c;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string_view session_end_hint(std::string_view sqlstate) noexcept {
  const auto* end = std::ranges::find(session_ends, sqlstate, &SessionEnd::sqlstate);
  return end == session_ends.end() ? std::string_view() : end->hint;
}

}  // namespace pge
