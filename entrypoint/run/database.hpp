#pragma once

#include <functional>
#include <optional>

#include "core/error.hpp"
#include "core/long_wait.hpp"
#include "core/stop.hpp"
#include "history/history.hpp"
#include "postgres/profile.hpp"
#include "postgres/wait.hpp"
#include "run/context.hpp"

namespace pge {

/// The database as the pipeline sees it: a session when it answers, what must hold before anything is written, and what
/// a lost connection means.
class Database {
 public:
  /// `table`: the history's name, from the settings.
  Database(const Context& context, StopToken& stop, HistoryTable table);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Wait until the database answers, and take on `--role`, which through a pooler is left to each transaction. With
  /// `need_primary` only a server that can be written to counts.
  Result<Session> wait();
  void need_primary() noexcept { need_primary_ = true; }

  /// With --create-database, and where we migrate: from now on `wait` creates a database that is missing. Fails with
  /// `usage` when its options cannot be understood.
  Result<> create_if_missing();

  /// The history is read first in each session: so it is looked for in the round trip in which the server says who it
  /// is. Not with --role, to which the history belongs, nor where each transaction may meet another server process.
  void expect_history_first() noexcept { history_first_ = true; }

  /// What `wait` does when an attempt has failed, to fail instead of waiting or of creating the database.
  void before_waiting(std::function<Result<>()> check) { wait_.check_first(std::move(check)); }

  /// Whether transactions of this session may meet different server processes, which others use as well: a pooler shows
  /// itself, or --allow-pooler says so.
  bool is_pooled(const Session& session) const;

  /// Refuse what must not be written to (a standby, a read-only server, a pooler without --allow-pooler), and bring the
  /// session to its profile; with --allow-pooler each transaction does that for itself.
  Result<> make_ready_to_write(Session& session);

  History history_of(Session& session) const;

  /// Whether `error` asks for a new session, now or after a rest at the lock, or is a lost connection that is worth
  /// one; in the last two cases it has paused. Then the next `wait` starts anew. Lost connections count: at most
  /// `patience::most_reconnections` times. Who comes back to the lock has lost nothing, and does so as often as it
  /// takes. What was true before has to be read again.
  bool reconnects_after(const Error& error);

  /// The error that ends us: when connecting again has failed as well, an unknown outcome stays unknown.
  Error final_error(Error error) const;

  /// The history was read under the lock: whatever was in doubt is known now.
  void outcome_is_known();

  /// Our wait for somebody else's work, from one session to the next: at first for the advisory lock.
  LongWait& long_wait() noexcept { return long_wait_; }

  /// Another wait instead of that. `phase`: what the time without a session counts as.
  LongWait& begin_long_wait(const LongWaitPolicy& policy, Phase phase);

  const HistoryTable& table() const noexcept { return table_; }
  SessionProfile& profile() noexcept { return profile_; }
  const ConnectionSettings& connection() const { return *connection_; }
  const Context& context() const noexcept { return context_; }
  StopToken& stop() noexcept { return stop_; }

 private:
  Result<ConnectionSettings> read_settings();
  std::string query_along(const Session& session) const;
  Result<> refuse_pooler(Session& session) const;
  void adopt_search_path();
  Result<> end_lost_session(Session& session);

  const Context& context_;
  StopToken& stop_;
  HistoryTable table_;
  SessionProfile profile_;
  std::optional<ConnectionSettings> connection_;
  DatabaseWait wait_;
  LongWait long_wait_;
  Phase long_wait_phase_ = Phase::lock;
  bool need_primary_ = false;
  bool history_first_ = false;
  bool told_database_ = false;  ///< that none is named; once
  unsigned lost_ = 0;
  std::optional<Backend> serving_;  ///< the session that `wait` has returned last; nothing if a pooler is in between
  std::optional<Backend> lost_session_;  ///< one that was lost, and that the server may still keep
  std::optional<Error> in_doubt_;
};

}  // namespace pge
