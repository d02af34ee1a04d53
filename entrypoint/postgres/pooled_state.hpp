#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "postgres/session.hpp"

namespace pge {

/// What a server connection of a pooler's had in its session when our transaction started on it, and how it is left so:
/// the next transaction on it is the application's. Settings of the application's own names (`app.tenant`) are not
/// among it, because the server does not list them.
class PooledState {
 public:
  /// Reads it, inside the transaction and before any setting of ours but the role.
  static Result<PooledState> find(Session& session);

  /// Statements that take away, until the transaction's end, what other clients have set.
  static std::string reset_sql();

  /// Before COMMIT: what the migration has set in the session will be as it was, and what it has made there goes
  /// (temporary tables, cursors, prepared statements, LISTENs, session-level advisory locks). Its role goes at once.
  Result<> leave_behind(Session& session) const;

 private:
  std::vector<std::pair<std::string, std::string>> settings_;  ///< what SET has changed, and to what
  std::int64_t advisory_locks_ = 0;                            ///< of this server process, ours included
};

}  // namespace pge
