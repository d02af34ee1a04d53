#pragma once

#include <optional>
#include <string>

#include "apply/in_transaction.hpp"
#include "apply/turn.hpp"
#include "postgres/lock_queue.hpp"
#include "run/database.hpp"

namespace pge {

/// Our turns through a pooler (ADR 10). A session-level lock would stay on whatever server connection took it, so each
/// turn is one transaction: BEGIN, one try for the same key at transaction level, what `work` does, COMMIT. Nothing of
/// a turn outlives its transaction.
class PooledTurns {
 public:
  /// Database, session and history must outlive it.
  PooledTurns(Database& database, Session& session, History& history);
  PooledTurns(const PooledTurns&) = delete;
  PooledTurns& operator=(const PooledTurns&) = delete;

  /// Turn after turn, until `work` has nothing more to do. It gets an optional turn, which is empty while somebody else
  /// has the lock; the transaction is open in both cases, and a statement that `work` runs now sees what the holder
  /// before us has committed. It returns Result<bool>: whether there is more to do. Gives way to the application's
  /// locks as a session's turn does. Fails with `gave_way` at --advisory-lock-timeout, and as `LockQueue::pause` does
  /// when the connection is to be given up while somebody else works.
  template <typename Work>
  Result<> run(const Work& work) {
    for (;;) {
      auto turn = begin();
      if (!turn) {
        if (auto paused = retry_after(turn.error()); !paused) return paused;
        continue;
      }
      Result<bool> more = work(*turn);
      if (auto ended = more ? end(turn->has_value()) : Result<>(fail(more.error())); !ended) {
        if (auto paused = retry_after(ended.error()); !paused) return paused;
      } else if (!*more) {
        return {};
      } else if (turn->has_value()) {
        start_anew();
      } else if (auto waited = wait_in_queue(); !waited) {
        return waited;
      }
    }
  }

  /// For `work`, when it has read the history: takes its turn away while a session works that has given the lock away.
  Result<> yield_to_worker(std::optional<Turn>& turn);

  /// What the turn works on, for the log.
  void name(std::string label) { name_ = std::move(label); }

 private:
  Result<std::optional<Turn>> begin();
  Result<> end(bool has_turn);
  Result<> retry_after(const Error& error);
  Result<> wait_in_queue();
  void start_anew();

  Database& database_;
  Session& session_;
  History& history_;
  const MigratingSettings& settings_;
  LockRetries policy_;
  std::optional<Worker> worker_;  ///< whom we wait for
  std::optional<Retries> retries_;
  LockQueue queue_;
  std::string name_;
};

}  // namespace pge
