#include "run/pooled_turns.hpp"

#include <utility>

#include "core/patience.hpp"
#include "process/own_process.hpp"
#include "run/take_turn.hpp"

namespace pge {

PooledTurns::PooledTurns(Database& database, Session& session, History& history)
    : database_(database),
      session_(session),
      history_(history),
      settings_(database.context().settings.migrating),
      policy_{.count = settings_.lock_retries, .lock_timeout = settings_.lock_timeout},
      queue_(session, database.table().lock_key(), database.long_wait()) {
  retries_.emplace(session_, policy_);
}

/// A turn is over: waiting and trying again count from here.
void PooledTurns::start_anew() {
  retries_.emplace(session_, policy_);
  database_.long_wait().reset();
}

Result<std::optional<Turn>> PooledTurns::begin() {
  set_process_name("pge:locking");
  if (auto begun = database_.profile().begin(session_, "read write"); !begun) return fail(begun.error());
  auto lock = AdvisoryLock::try_for_transaction(session_, database_.table().lock_key());
  if (!lock) return fail(lock.error());
  if (!*lock) return std::nullopt;
  set_process_name("pge:migrating");
  // Another server process may have answered before; who blocks us is asked for by the number of this one.
  const std::string defaults = session_.server().login_defaults;
  if (auto known = session_.identify(patience::own_statement); !known) return fail(known.error());
  if (session_.server().login_defaults != defaults) {
    // Only the pooler can open its server connections anew.
    database_.context().log.warning(
        "the settings of new sessions have changed, but a pooler's server connections keep those of their login",
        {{"hint", "open them anew (PgBouncer: RECONNECT) before the files that need the new settings"}});
  }
  if (auto ready = database_.profile().apply(session_); !ready) return fail(ready.error());
  retries_->start_try();
  Turn turn = make_turn(database_, session_, history_, *std::move(*lock));
  turn.retries.failed = retries_->failed();
  return turn;
}

Result<> PooledTurns::yield_to_worker(std::optional<Turn>& turn) {
  auto worker = living_worker(session_, history_);
  if (!worker) return fail(worker.error());
  worker_ = *std::move(worker);
  if (worker_) turn.reset();
  return {};
}

Result<> PooledTurns::end(bool has_turn) {
  if (!session_.in_transaction()) return {};
  if (has_turn) return session_.commit();
  session_.rollback();
  return {};
}

Result<> PooledTurns::wait_in_queue() {
  const InPhase waiting(database_.context().report, Phase::lock);
  return queue_.pause(std::exchange(worker_, std::nullopt));
}

Result<> PooledTurns::retry_after(const Error& error) {
  auto paused = retries_->pause_after(error, name_);
  // A pooler closes the server connection of a client that leaves in the middle of a transaction.
  if (!paused) session_.rollback();
  return paused;
}

}  // namespace pge
