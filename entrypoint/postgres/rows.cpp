#include "postgres/rows.hpp"

#include <libpq-fe.h>

#include <pqxx/strconv>

namespace pge {

void Rows::Clear::operator()(pg_result* result) const noexcept {
  PQclear(result);
}

std::size_t Rows::columns() const noexcept {
  return result_ ? static_cast<std::size_t>(PQnfields(result_.get())) : 0;
}

std::size_t Rows::size() const noexcept {
  return result_ ? static_cast<std::size_t>(PQntuples(result_.get())) : 0;
}

std::string_view Rows::value(std::size_t row, std::size_t column) const noexcept {
  const int r = static_cast<int>(row);
  const int c = static_cast<int>(column);
  return {PQgetvalue(result_.get(), r, c), static_cast<std::size_t>(PQgetlength(result_.get(), r, c))};
}

std::string Rows::text(std::size_t row, std::size_t column) const {
  return std::string(value(row, column));
}

std::int64_t Rows::integer(std::size_t row, std::size_t column) const {
  return pqxx::from_string<std::int64_t>(value(row, column));
}

bool Rows::boolean(std::size_t row, std::size_t column) const {
  return pqxx::from_string<bool>(value(row, column));
}

std::string_view Rows::tag() const noexcept {
  return result_ ? PQcmdStatus(result_.get()) : "";
}

}  // namespace pge
