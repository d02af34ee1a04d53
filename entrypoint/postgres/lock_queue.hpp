#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/backoff.hpp"
#include "core/long_wait.hpp"
#include "postgres/advisory_lock.hpp"
#include "postgres/backend.hpp"

namespace pge {

/// Who has this advisory lock, for the log: holder_pid, holder (its application_name), address, since, query, as far as
/// this role can see it. Nothing when nobody has it.
Result<std::vector<Field>> describe_lock_holder(Session& session, std::int64_t key);

/// Waiting for the advisory lock by polling, in one session of a `LongWait`. The lock is never waited for inside a
/// statement: a blocked pg_advisory_lock holds a snapshot that CREATE INDEX CONCURRENTLY waits for, which is a
/// deadlock.
///
/// A lock that is free is not enough while a session that has given it away still works (`Worker`).
class LockQueue {
 public:
  /// `wait` must outlive it.
  LockQueue(Session& session, std::int64_t key, LongWait& wait) : session_(session), key_(key), wait_(wait) {}

  /// Whether a try may succeed, for one who has come back: a look is cheaper than what has to hold before a try.
  Result<bool> seems_free();

  /// One try; nothing when somebody else has the lock. `next` as in `AdvisoryLock::try_acquire`.
  Result<std::optional<AdvisoryLock>> try_lock(std::vector<Query> next);

  /// The lock is ours and stays so: log that, and end the wait.
  void acquired();

  /// Sleep before the next try, and log now and then who has the lock, or who still works without it. Fails with
  /// `gave_way` at the time-out, naming the session, when a stop has come, and with an error that `comes_back()` when
  /// the session is to be given up.
  Result<> pause(const std::optional<Worker>& worker = {});

 private:
  Result<> report(const std::optional<Worker>& worker, bool expired);

  Session& session_;
  std::int64_t key_;
  LongWait& wait_;
  Jitter jitter_;
};

}  // namespace pge
