#pragma once

#include "core/patience.hpp"
#include "history/history.hpp"
#include "postgres/connection_settings.hpp"
#include "postgres/lock_queue.hpp"
#include "postgres/profile.hpp"
#include "postgres/session.hpp"

namespace pge {

/// How often and how patiently a migration gives way to the application's locks.
struct LockRetries {
  unsigned count;             ///< further tries after the first
  milliseconds lock_timeout;  ///< of the last try; a file's directive overrides it; 0 for …CONCURRENTLY
  unsigned failed = 0;        ///< tries before this turn; through a pooler each has a turn of its own
  Backoff backoff = patience::lock_retry;

  /// The lock time-out of try `number` (from 0), of which the last one has `longest`: the application's queries stand
  /// still behind a try, so tries begin short (ADR 14). 0, which is no limit, stays.
  milliseconds timeout_of_try(unsigned number, milliseconds longest) const noexcept;
};

/// Our turn under the advisory lock: the lock, and what is needed to change the schema while we hold it. Whoever has a
/// Turn holds the lock; it can be moved and not copied, and `release` ends it.
struct Turn {
  Session& session;
  AdvisoryLock lock;
  History& history;
  SessionProfile& profile;
  const ConnectionSettings& connection;  ///< for a second session beside ours
  LockRetries retries;
  LongWaitPolicy lock_policy;   ///< for a lock that has to be taken again
  bool finish_on_stop = false;  ///< a stop waits for the migration that is running

  /// Give the lock back; an error when the server says that we did not hold it.
  Result<> release() && { return std::move(lock).release(); }

  /// The same after the work, when it is `done` or goes on in a new session. Returns what has become of the work.
  Result<> release_after(Result<> done) && {
    if (!done && !done.error().needs_new_session()) return done;
    auto released = std::move(lock).release();
    return released ? done : released;
  }
};

}  // namespace pge
