#pragma once

#include <optional>
#include <string>

#include "apply/turn.hpp"
#include "core/error.hpp"
#include "run/database.hpp"
#include "run/pooled_turns.hpp"
#include "run/sql_upgrade.hpp"
#include "run/take_turn.hpp"

namespace pge {

/// The migration files, for a command that changes the history. `may_lack`: a baseline may be recorded where the files
/// are not, unless --dir names their place.
Result<SqlUpgrade> read_files(Database& database, bool may_lack = false);

/// The version that was typed, in the form in which files and rows have it. Fails with `usage`.
Result<std::string> version_given(const Context& context);

/// The file of this version. Fails with `usage`.
Result<const Migration*> file_of(const SqlUpgrade& upgrade, const std::string& version);

/// wait → our turn → read the history → `change` → unlock; again when another session is needed, as `prepare` does it.
/// `change` takes the turn and returns Result<bool>: whether it needs another turn. Through a pooler it gets turn after
/// turn, each a transaction; otherwise it has to do all in one. `detail`: what it needs of the rows.
template <typename Change>
Result<int> change_history(Database& database, SqlUpgrade& upgrade, const Change& change,
                           RowDetail detail = RowDetail::plan) {
  const auto once = [&]() -> Result<> {
    database.need_primary();
    auto session = database.wait();
    if (!session) return fail(session.error());
    History history = database.history_of(*session);
    if (database.context().settings.migrating.allow_pooler) {
      if (auto ready = database.make_ready_to_write(*session); !ready) return ready;
      PooledTurns turns(database, *session, history);
      return turns.run([&](std::optional<Turn>& turn) -> Result<bool> {
        if (auto rows = upgrade.read_rows(history, detail); !rows) return fail(rows.error());
        if (auto looked = turns.yield_to_worker(turn); !looked) return fail(looked.error());
        if (!turn) return true;
        database.outcome_is_known();
        return change(*turn);
      });
    }
    auto turn = take_turn(database, *session, history, nullptr);
    if (!turn) return fail(turn.error());
    if (auto rows = upgrade.read_rows(history, detail); !rows) return rows;
    database.outcome_is_known();
    const Result<bool> changed = change(**turn);
    return std::move(**turn).release_after(changed ? Result<>() : fail(changed.error()));
  };
  for (;;) {
    auto done = once();
    if (done) return 0;
    if (!database.reconnects_after(done.error())) return fail(database.final_error(done.error()));
  }
}

}  // namespace pge
