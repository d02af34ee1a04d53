#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "config/settings.hpp"
#include "core/error.hpp"
#include "core/stop.hpp"
#include "log/log.hpp"
#include "migrate/apply.hpp"
#include "migrate/history.hpp"
#include "migrate/plan.hpp"
#include "postgres/wait.hpp"

namespace pge {

/// What the `prepare` child leaves for PID 1, in memory that both share.
struct PrepareReport {
  std::atomic<std::int64_t> answered_ns{0};  ///< steady clock, when the database first answered; 0: never
  std::atomic<bool> end_told{false};         ///< the log says why the stage ended

  /// On a page of its own, shared with every child forked later; lives as long as the process.
  static PrepareReport& shared();
};

/// The rooms through which `prepare` and the commands go: each method is one step of the pipeline, with the settings
/// and the files at hand. Which step follows which is pipeline.cpp's business.
class Preparation {
 public:
  /// Reads the migration files first: what is wrong with them should not wait for a database.
  static Result<Preparation> open(const Settings& settings, Log& log, StopToken& stop);

  /// Wait until the database answers; a primary, once we know that there is something to write.
  Result<Session> wait_for_database();

  /// The history alone. Rows stay until the next call.
  Result<> read_rows(History& history);

  /// History against files. Without the lock another process may be at work: what it has not finished is not judged
  /// then, it counts as pending. Rows and plan stay until the next call.
  Result<const Plan*> read_plan(History& history, bool locked);

  /// Whether a history has been read that leaves nothing to do, with the word for the log.
  void tell_nothing_to_do() const;
  void tell_ahead() const;

  /// What `--migrate` says, which concerns `run` alone.
  MigrateMode mode() const;

  /// `--migrate check`: something is pending, and it is not ours to apply it.
  Result<> refuse_if_only_checking() const;

  /// Refuse what must not be written to (a pooler in transaction mode), and what is too large for us. Bring the session
  /// to its profile.
  Result<> make_ready_to_write(Session& session);

  /// Poll for the lock; nothing when another replica has done the work meanwhile.
  Result<std::optional<AdvisoryLock>> take_lock(Session& session, History& history, bool only_while_pending);

  /// Under the lock: create the history (unless this is somebody else's database), apply, unlock.
  Result<> apply_plan(Session& session, AdvisoryLock& lock, History& history);

  /// Under the lock: `work` of a command, then unlock.
  Result<> under_lock(Session& session, AdvisoryLock& lock, History& history,
                      const std::function<Result<>(const Workbench&)>& work);

  /// After an error: true when it is worth to connect again and look what is true now.
  bool may_try_again(const Error& error);
  /// The error to leave with, when connecting again has failed as well: an unknown outcome stays unknown.
  Error final_error(Error error) const;

  void need_primary() { need_primary_ = true; }
  History history_of(Session& session) const;
  const Settings& settings() const { return *settings_; }
  const std::vector<Migration>& files() const { return files_; }
  const std::vector<AppliedMigration>& rows() const { return rows_; }
  const Plan& plan() const { return plan_; }
  Log& log() { return *log_; }

 private:
  Preparation(const Settings& settings, Log& log, StopToken& stop, HistoryTable table);
  Result<ConnectionSettings> connection_settings();
  LockRetries lock_retries();
  Result<> refuse_what_does_not_fit() const;

  const Settings* settings_;
  Log* log_;
  StopToken* stop_;
  HistoryTable table_;
  std::size_t memory_;  ///< what files and statements may take, in bytes
  std::vector<Migration> files_;
  std::vector<AppliedMigration> rows_;
  Plan plan_;
  SessionProfile profile_;
  std::optional<ConnectionSettings> connection_;
  std::optional<DatabaseWait> wait_;
  bool need_primary_ = false;
  unsigned lost_ = 0;
  std::optional<Error> in_doubt_;
};

}  // namespace pge
