#include "postgres/request.hpp"

#include <libpq-fe.h>

#include <string>

namespace pge {

bool send(pg_conn* raw, const Request& request) {
  const std::string text(request.sql);  // terminated by NUL; freed at once, because libpq has its own copies
  if (request.form == Request::Form::several) return PQsendQuery(raw, text.c_str()) == 1;
  const int count = static_cast<int>(request.parameters.size());
  if (PQsendQueryParams(raw, text.c_str(), count, nullptr, request.parameters.data(), nullptr, nullptr, 0) == 0)
    return false;
  return request.form == Request::Form::one || PQsetSingleRowMode(raw) == 1;
}

}  // namespace pge
