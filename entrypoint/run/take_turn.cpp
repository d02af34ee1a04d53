#include "run/take_turn.hpp"

#include <utility>

#include "process/own_process.hpp"

namespace pge {

Result<std::optional<Worker>> living_worker(Session& session, const History& history) {
  for (const Worker& worker : history.workers()) {
    if (worker.backend == session.server().backend) continue;
    auto alive = is_alive(session, worker.backend);
    if (!alive) return fail(alive.error());
    if (*alive) return worker;
  }
  return std::nullopt;
}

Turn make_turn(Database& database, Session& session, History& history, AdvisoryLock lock) {
  const MigratingSettings& settings = database.context().settings.migrating;
  return {.session = session,
          .lock = std::move(lock),
          .history = history,
          .profile = database.profile(),
          .connection = database.connection(),
          .retries = {.count = settings.lock_retries, .lock_timeout = settings.lock_timeout},
          .lock_policy = {.timeout = settings.advisory_lock_timeout},
          .finish_on_stop = settings.on_stop == OnStop::finish};
}

namespace {

/// Reads the history for `living_worker`. Who cannot read it is told so by those who need more of it.
Result<> look_at_history(Session& session, History& history) {
  auto looked = history.look();
  const bool matters = !looked && (session.closed() || looked.error().is_stop());
  return matters ? looked : Result<>();
}

/// One try to get the lock. Whoever has it reads the history again: if a session works without the lock, it is given
/// back at once, because that session needs it to record its step.
Result<std::optional<AdvisoryLock>> try_for_turn(LockQueue& queue, Session& session, History& history,
                                                 std::optional<Worker>& worker) {
  auto lock = queue.try_lock({history.first_query()});
  if (!lock || !*lock) return lock;
  if (auto looked = look_at_history(session, history); !looked) return fail(looked.error());
  auto found = living_worker(session, history);
  if (!found) return fail(found.error());
  worker = *std::move(found);
  if (!worker) return lock;
  if (auto released = std::move(**lock).release(); !released) return fail(released.error());
  return std::nullopt;
}

/// For one who has come back: fails, so that the session is given up again, while somebody else has the lock or works
/// without it.
Result<> look_first(LockQueue& queue, Session& session, const History& history) {
  auto worker = living_worker(session, history);
  if (!worker) return fail(worker.error());
  if (*worker) return queue.pause(*worker);
  auto free = queue.seems_free();
  if (!free) return fail(free.error());
  return *free ? Result<>() : queue.pause();
}

}  // namespace

Result<std::optional<Turn>> take_turn(Database& database, Session& session, History& history, Upgrade* upgrade) {
  set_process_name("pge:locking");
  const InPhase waiting(database.context().report, Phase::lock);
  LockQueue queue(session, database.table().lock_key(), database.long_wait());
  if (database.long_wait().has_left()) {
    if (auto free = look_first(queue, session, history); !free) return fail(free.error());
  }
  if (auto ready = database.make_ready_to_write(session); !ready) return fail(ready.error());
  for (;;) {
    auto worker = living_worker(session, history);
    if (!worker) return fail(worker.error());
    if (!*worker) {
      auto lock = try_for_turn(queue, session, history, *worker);
      if (!lock) return fail(lock.error());
      if (*lock) {
        queue.acquired();
        set_process_name("pge:migrating");
        return make_turn(database, session, history, *std::move(*lock));
      }
    }
    if (auto paused = queue.pause(*worker); !paused) return fail(paused.error());
    if (*worker) {
      if (auto looked = look_at_history(session, history); !looked) return fail(looked.error());
    }
    if (upgrade == nullptr) continue;
    auto still_pending = upgrade->pending(session, history, Strictness::lenient);
    if (!still_pending) return fail(still_pending.error());
    if (!*still_pending) return std::nullopt;
  }
}

}  // namespace pge
