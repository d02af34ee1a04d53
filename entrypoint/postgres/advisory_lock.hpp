#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/backoff.hpp"
#include "core/error.hpp"
#include "core/stop.hpp"
#include "postgres/session.hpp"

namespace pge {

struct LockPolicy {
  milliseconds timeout;  ///< 0: for ever
  Backoff backoff{.initial = milliseconds(50), .maximum = milliseconds(500)};
};

/// A session-level advisory lock on the connection that migrates: both fall together. Holding one is a parameter of
/// everything that writes (`const AdvisoryLock&`).
///
/// The lock is never waited for inside a statement: a blocked pg_advisory_lock holds a snapshot that CREATE INDEX
/// CONCURRENTLY waits for, which is a deadlock.
class AdvisoryLock {
 public:
  /// Poll until the lock is ours. `still_needed` is asked before each try; when it says no, another replica has done
  /// the work and nothing is returned. `gave_way` at the time-out, naming the holder.
  static Result<std::optional<AdvisoryLock>> acquire(Session& session, std::int64_t key, const LockPolicy& policy,
                                                     const std::function<Result<bool>()>& still_needed);

  /// Look the lock up in pg_locks: DISCARD ALL and pg_advisory_unlock_all() in a migration take it away silently.
  Result<> verify() const;

  /// Take the same key at transaction level: survives pg_advisory_unlock_all() until the transaction ends.
  Result<> pin_to_transaction() const;

  /// Give the lock back; an error when the server says that we did not hold it (a pooler that has moved us to
  /// another backend shows itself here).
  Result<> release();

 private:
  AdvisoryLock(Session& session, std::int64_t key) : session_(&session), key_(key) {}

  Session* session_;
  std::int64_t key_;
};

}  // namespace pge
