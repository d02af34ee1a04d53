#include "migrations/large_objects.hpp"

#include <optional>

#include "sql/tokens.hpp"
#include "sql/transaction_control.hpp"

namespace pge {
namespace {

/// "SELECT pg_catalog.lowrite(…"
bool works_on_large_object(std::string_view sql) noexcept {
  SqlTokens tokens(sql);
  if (!tokens.accept("SELECT") || !tokens.accept("PG_CATALOG") || !tokens.accept('.')) return false;
  return tokens.accept("LO_OPEN") || tokens.accept("LOWRITE") || tokens.accept("LO_CLOSE");
}

}  // namespace

std::vector<std::size_t> large_object_transactions(const Statements& statements) {
  std::vector<std::size_t> found;
  std::optional<std::size_t> open;
  for (std::size_t i = 0; i < statements.size(); ++i) {
    const std::string_view sql = statements[i].sql;
    const TransactionControl control = transaction_control(sql);
    if (control == TransactionControl::begin) {
      open = i;
    } else if (open && control == TransactionControl::commit && i > *open + 1) {
      found.push_back(*open);
      found.push_back(i);
      open.reset();
    } else if (open && !works_on_large_object(sql)) {
      open.reset();
    }
  }
  return found;
}

}  // namespace pge
