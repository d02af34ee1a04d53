#include "postgres/request.hpp"

#include <libpq-fe.h>

#include <string>

namespace pge {
namespace {

bool send_one(PGconn* raw, const Request& request, const std::string& text) {
  const int count = static_cast<int>(request.parameters.size());
  return PQsendQueryParams(raw, text.c_str(), count, nullptr, request.parameters.data(), nullptr, nullptr, 0) == 1;
}

}  // namespace

bool send(pg_conn* raw, const Request& request) {
  const std::string text(request.sql);  // terminated by NUL; freed at once, because libpq has its own copies
  if (request.form == Request::Form::several) return PQsendQuery(raw, text.c_str()) == 1;
  if (!send_one(raw, request, text)) return false;
  return request.form == Request::Form::one || PQsetSingleRowMode(raw) == 1;
}

bool send_ahead(pg_conn* raw, const Request& request) {
  if (!send_one(raw, request, std::string(request.sql))) return false;
  return !request.flush || PQsendFlushRequest(raw) == 1;
}

}  // namespace pge
