#pragma once

#include <functional>
#include <optional>

#include "apply/workbench.hpp"
#include "config/settings.hpp"
#include "core/error.hpp"
#include "core/stop.hpp"
#include "history/history.hpp"
#include "log/log.hpp"
#include "postgres/wait.hpp"

namespace pge {

/// The steps through which `prepare` and the commands go: each method is one step of the pipeline. Which step follows
/// which is pipeline.cpp's business.
class Preparation {
 public:
  static Result<Preparation> open(const Settings& settings, Log& log, StopToken& stop);

  /// Wait until the database answers; a primary, once we know that there is something to write.
  Result<Session> wait_for_database();

  /// Refuse what must not be written to: a standby, a read-only server, a pooler in transaction mode. Bring the session
  /// to its profile.
  Result<> make_ready_to_write(Session& session);

  /// Poll for the lock; nothing when `still_needed` says no: another replica has done the work meanwhile.
  Result<std::optional<AdvisoryLock>> take_lock(Session& session, const std::function<Result<bool>()>& still_needed);

  /// Under the lock: `read` what is true, do the `work` if that says yes, unlock.
  Result<> under_lock(Session& session, AdvisoryLock& lock, History& history, const std::function<Result<bool>()>& read,
                      const std::function<Result<>(const Workbench&)>& work);

  /// `attempt`, from one session to the next: after a lost connection again, to see what is true now.
  Result<> reconnecting(const std::function<Result<>()>& attempt);

  /// Read files, which may take its time: nothing is locked, so a stop ends it at once.
  template <typename Read>
  auto reading(const Read& read) const {
    const DeliverStops deliver(*stop_);
    return read();
  }

  void need_primary() { need_primary_ = true; }
  History history_of(Session& session) const;
  const Settings& settings() const { return *settings_; }
  Log& log() { return *log_; }

 private:
  Preparation(const Settings& settings, Log& log, StopToken& stop, HistoryTable table);
  Result<ConnectionSettings> connection_settings();
  LockRetries lock_retries();
  bool may_try_again(const Error& error);
  /// When connecting again has failed as well, an unknown outcome stays unknown.
  Error final_error(Error error) const;

  const Settings* settings_;
  Log* log_;
  StopToken* stop_;
  HistoryTable table_;
  SessionProfile profile_;
  std::optional<ConnectionSettings> connection_;
  std::optional<DatabaseWait> wait_;
  bool need_primary_ = false;
  unsigned lost_ = 0;
  std::optional<Error> in_doubt_;
};

}  // namespace pge
