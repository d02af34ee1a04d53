#include "postgres/result_error.hpp"

#include <cctype>
#include <cstdlib>

namespace pge {
namespace {

std::string field(const PGresult* result, int code) {
  const char* value = PQresultErrorField(result, code);
  return value == nullptr ? "" : value;
}

ExitCode code_of(std::string_view sqlstate) {
  if (sqlstate == "42501" || sqlstate.starts_with("28")) return ExitCode::refused;
  if (sqlstate == "55P03" || sqlstate == "40P01" || sqlstate == "40001") return ExitCode::gave_way;
  return ExitCode::migration_failed;
}

}  // namespace

Error result_error(const PGresult* result, std::string_view sql) {
  Error error;
  error.sqlstate = field(result, PG_DIAG_SQLSTATE);
  error.code = code_of(error.sqlstate);
  error.message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (error.message.empty()) error.message = one_line_message(PQresultErrorMessage(result));
  error.detail = field(result, PG_DIAG_MESSAGE_DETAIL);
  error.hint = field(result, PG_DIAG_MESSAGE_HINT);
  error.context = field(result, PG_DIAG_CONTEXT);
  error.statement = excerpt(sql);
  const char* position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
  if (position != nullptr) error.position = std::strtoull(position, nullptr, 10);
  return error;
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

}  // namespace pge
