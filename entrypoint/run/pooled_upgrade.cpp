#include "run/pooled_upgrade.hpp"

#include "run/counting.hpp"
#include "run/pooled_turns.hpp"

namespace pge {

Result<> upgrade_through_pooler(Database& database, Session& session, History& history, Upgrade& upgrade) {
  if (auto possible = upgrade.check_poolable(); !possible) return possible;
  if (auto ready = database.make_ready_to_write(session); !ready) return ready;
  PooledTurns turns(database, session, history);
  auto done = turns.run([&](std::optional<Turn>& turn) -> Result<bool> {
    // Under the lock this sees what its last holder has committed. A session that has given the lock away is looked for
    // first: what it has not finished is not judged.
    if (auto seen = history.look(); !seen) return fail(seen.error());
    if (auto looked = turns.yield_to_worker(turn); !looked) return fail(looked.error());
    auto pending = upgrade.pending(session, history, turn ? Strictness::strict : Strictness::lenient);
    if (!pending) return pending;
    if (turn) database.outcome_is_known();
    count_pending(database.context(), upgrade, *pending);
    if (!*pending || !turn) return pending;
    if (auto possible = upgrade.check_poolable(); !possible) return fail(possible.error());
    turns.name(upgrade.pending_names().front());
    auto carried = count_work(database.context(), upgrade, [&] { return upgrade.carry_out_next(*turn); });
    if (!carried) return fail(carried.error());
    return true;
  });
  if (done) upgrade.tell_done();
  return done;
}

}  // namespace pge
