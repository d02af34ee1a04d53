#include "postgres/classify.hpp"

#include <algorithm>
#include <array>

namespace pge {
namespace {

struct StateRule {
  std::string_view beginning;  ///< of the SQLSTATE: a class, or the whole
  Classification verdict;
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

Classification classify(std::string_view sqlstate) noexcept {
  const auto* rule =
      std::ranges::find_if(state_rules, [&](const StateRule& r) { return sqlstate.starts_with(r.beginning); });
  return rule == state_rules.end() ? Classification{ExitCode::migration_failed, Next::leave()} : rule->verdict;
}

std::string_view session_end_hint(std::string_view sqlstate) noexcept {
  const auto* end = std::ranges::find(session_ends, sqlstate, &SessionEnd::sqlstate);
  return end == session_ends.end() ? std::string_view() : end->hint;
}

}  // namespace pge
