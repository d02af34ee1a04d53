#pragma once

#include <cstdint>
#include <optional>

#include "core/backoff.hpp"
#include "core/stop.hpp"
#include "postgres/advisory_lock.hpp"

namespace pge {

struct LockPolicy {
  milliseconds timeout;  ///< 0: for ever
  Backoff backoff{.initial = milliseconds(50), .maximum = milliseconds(500)};
};

/// Waiting for the advisory lock by polling. The lock is never waited for inside a statement: a blocked
/// pg_advisory_lock holds a snapshot that CREATE INDEX CONCURRENTLY waits for, which is a deadlock.
class LockQueue {
 public:
  LockQueue(Session& session, std::int64_t key, const LockPolicy& policy);

  /// One try; nothing when somebody else has the lock.
  Result<std::optional<AdvisoryLock>> try_lock();

  /// Sleep before the next try, and log who has the lock, every 10 s. Fails with `gave_way` at the time-out, naming the
  /// holder, and when a stop has come.
  Result<> pause();

 private:
  Result<> tell(Clock::time_point now, bool expired);

  Session& session_;
  std::int64_t key_;
  LockPolicy policy_;
  Jitter jitter_;
  Clock::time_point started_ = Clock::now();
  Clock::time_point tell_at_ = started_;
  unsigned attempt_ = 0;
};

}  // namespace pge
