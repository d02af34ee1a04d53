#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "core/backoff.hpp"
#include "core/error.hpp"
#include "migrate/history.hpp"
#include "migrate/plan.hpp"
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

/// Apply the plan, file by file; each either leaves its history row or nothing. Returns how many were applied. Fails
/// with `migration_failed` and the place in the file, `gave_way` after the last retry, `unavailable` when the
/// connection is lost (nothing of the file is applied), `in_doubt` when it is lost at COMMIT.
Result<std::size_t> apply(const Workbench& bench, const Plan& plan);

/// Revert, newest first; returns how many were reverted.
Result<std::size_t> revert(const Workbench& bench, const std::vector<PlannedRevert>& plan);

}  // namespace pge
