#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/patience.hpp"
#include "core/repeat.hpp"
#include "core/stop.hpp"
#include "postgres/advisory_lock.hpp"
#include "postgres/backend.hpp"

namespace pge {

struct LockPolicy {
  milliseconds timeout;  ///< 0: for ever
  Backoff backoff = patience::lock_polling;
};

/// Who has this advisory lock, for the log: holder_pid, holder (its application_name), address, since, query, as far as
/// this role can see it. Nothing when nobody has it.
Result<std::vector<Field>> describe_lock_holder(Session& session, std::int64_t key);

/// Waiting for the advisory lock by polling. The lock is never waited for inside a statement: a blocked
/// pg_advisory_lock holds a snapshot that CREATE INDEX CONCURRENTLY waits for, which is a deadlock.
///
/// A lock that is free is not enough while a session that has given it away still works (`Worker`).
class LockQueue {
 public:
  LockQueue(Session& session, std::int64_t key, const LockPolicy& policy);

  /// One try; nothing when somebody else has the lock.
  Result<std::optional<AdvisoryLock>> try_lock();

  /// Log that the lock is ours and stays so.
  void report_acquired() const;

  /// Sleep before the next try, and log now and then who has the lock, or who still works without it. Fails with
  /// `gave_way` at the time-out, naming the session, and when a stop has come.
  Result<> pause(const std::optional<Worker>& worker = {});

 private:
  Result<> report(const std::optional<Worker>& worker, bool expired);

  Session& session_;
  std::int64_t key_;
  LockPolicy policy_;
  Jitter jitter_;
  Clock::time_point started_ = Clock::now();
  TellEvery tell_;
  unsigned attempt_ = 0;
};

}  // namespace pge
