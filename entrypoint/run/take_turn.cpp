#include "run/take_turn.hpp"

#include "postgres/blockers.hpp"
#include "postgres/lock_queue.hpp"
#include "process/own_process.hpp"

namespace pge {

Result<std::optional<Turn>> take_turn(Database& database, Session& session, History& history, Upgrade* upgrade) {
  set_process_name("pge:locking");
  const MigratingSettings& settings = database.context().settings.migrating;
  LockQueue queue(session, database.table().lock_key(), {.timeout = settings.advisory_lock_timeout});
  for (;;) {
    auto lock = queue.try_lock();
    if (!lock) return fail(lock.error());
    if (*lock) {
      set_process_name("pge:migrating");
      return Turn{.session = session,
                  .lock = *std::move(*lock),
                  .history = history,
                  .profile = database.profile(),
                  .retries = {.count = settings.lock_retries,
                              .lock_timeout = settings.lock_timeout,
                              .report_blockers =
                                  [&database](Session& blocked) { report_blockers(blocked, database.connection()); }},
                  .finish_on_stop = settings.on_stop == OnStop::finish};
    }
    if (auto paused = queue.pause(); !paused) return fail(paused.error());
    if (upgrade == nullptr) continue;
    auto still_pending = upgrade->pending(session, history, Strictness::lenient);
    if (!still_pending) return fail(still_pending.error());
    if (!*still_pending) return std::nullopt;
  }
}

}  // namespace pge
