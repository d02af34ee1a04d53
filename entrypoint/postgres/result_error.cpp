#include "postgres/result_error.hpp"

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

}  // namespace

Error result_error(const PGresult* result, std::string_view sql, During during) {
  ServerError server{.sqlstate = field(result, PG_DIAG_SQLSTATE),
                     .detail = field(result, PG_DIAG_MESSAGE_DETAIL),
                     .context = field(result, PG_DIAG_CONTEXT),
                     .statement = excerpt(sql)};
  const char* position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
  if (position != nullptr) server.position = std::strtoull(position, nullptr, 10);
  const Verdict verdict = classify(server.sqlstate);
  std::string message = field(result, PG_DIAG_MESSAGE_PRIMARY);
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

}  // namespace pge
