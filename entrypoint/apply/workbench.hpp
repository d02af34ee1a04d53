#pragma once

#include <functional>

#include "core/backoff.hpp"
#include "history/history.hpp"
#include "postgres/advisory_lock.hpp"
#include "postgres/profile.hpp"
#include "postgres/session.hpp"

namespace pge {

/// How often and how patiently a migration gives way to the application's locks.
struct LockRetries {
  unsigned count;             ///< further tries after the first
  milliseconds lock_timeout;  ///< PostgreSQL's; a file's directive goes over it; 0 for …CONCURRENTLY
  Backoff backoff{.initial = milliseconds(500), .maximum = milliseconds(10'000)};
  std::function<void(Session& blocked)> report_blockers;  ///< called once when a statement is about to time out
};

/// What is needed to change the schema: the session, the lock that it holds, the history, the profile.
struct Workbench {
  Session& session;
  const AdvisoryLock& lock;
  History& history;
  SessionProfile& profile;
  const LockRetries& retries;
  bool finish_on_stop = false;  ///< a stop waits for the migration that is running
};

}  // namespace pge
