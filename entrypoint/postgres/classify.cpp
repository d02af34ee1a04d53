#include "postgres/classify.hpp"

#include <algorithm>
#include <array>

namespace pge {
namespace {

struct StateRule {
  std::string_view beginning;  ///< of the SQLSTATE: a class, or the whole
  Verdict verdict;
};

/// The first that fits counts.
constexpr auto state_rules = std::to_array<StateRule>({
    // Refused, unless an operator is creating the role or the database, or granting the right, just now.
    {"28", {ExitCode::refused, Next::transient()}},     // invalid_authorization, invalid_password
    {"3D000", {ExitCode::refused, Next::transient()}},  // invalid_catalog_name: no such database
    {"42501", {ExitCode::refused, Next::transient()}},  // insufficient_privilege
    // Gave way to another transaction.
    {"40001", {ExitCode::gave_way, Next::again()}},  // serialization_failure
    {"40P01", {ExitCode::gave_way, Next::again()}},  // deadlock_detected
    {"55P03", {ExitCode::gave_way, Next::again()}},  // lock_not_available: lock_timeout
    // The server is going down or coming up.
    {"57P", {ExitCode::unavailable, Next::reconnect()}},
});

}  // namespace

Verdict classify(std::string_view sqlstate) noexcept {
  const auto* rule =
      std::ranges::find_if(state_rules, [&](const StateRule& r) { return sqlstate.starts_with(r.beginning); });
  return rule == state_rules.end() ? Verdict{ExitCode::migration_failed, Next::leave()} : rule->verdict;
}

}  // namespace pge
