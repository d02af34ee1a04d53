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

bool send_prepared(pg_conn* raw, const std::string& name, const Request& request) {
  const int count = static_cast<int>(request.parameters.size());
  if (PQsendQueryPrepared(raw, name.c_str(), count, request.parameters.data(), nullptr, nullptr, 0) != 1) return false;
  return !request.flush || PQsendFlushRequest(raw) == 1;
}

bool send_preparation(pg_conn* raw, const std::string& name, std::string_view sql) {
  return PQsendPrepare(raw, name.c_str(), std::string(sql).c_str(), 0, nullptr) == 1;
}

}  // namespace pge
