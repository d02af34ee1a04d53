#pragma once

#include <cstdint>
#include <optional>

#include "core/patience.hpp"
#include "core/repeat.hpp"
#include "core/stop.hpp"
#include "postgres/advisory_lock.hpp"

namespace pge {

struct LockPolicy {
  milliseconds timeout;  ///< 0: for ever
  Backoff backoff = patience::lock_polling;
};

/// Waiting for the advisory lock by polling. The lock is never waited for inside a statement: a blocked
/// pg_advisory_lock holds a snapshot that CREATE INDEX CONCURRENTLY waits for, which is a deadlock.
class LockQueue {
 public:
  LockQueue(Session& session, std::int64_t key, const LockPolicy& policy);

  /// One try; nothing when somebody else has the lock.
  Result<std::optional<AdvisoryLock>> try_lock();

  /// Sleep before the next try, and log now and then who has the lock. Fails with `gave_way` at the time-out, naming
  /// the holder, and when a stop has come.
  Result<> pause();

 private:
  Result<> report_holder(bool expired);

  Session& session_;
  std::int64_t key_;
  LockPolicy policy_;
  Jitter jitter_;
  Clock::time_point started_ = Clock::now();
  TellEvery tell_;
  unsigned attempt_ = 0;
};

}  // namespace pge
