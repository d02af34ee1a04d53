#pragma once

#include <string>

#include "apply/turn.hpp"
#include "core/error.hpp"
#include "migrator/judge.hpp"

namespace pge {

/// The tables for what a run shows. A role that may not create them should find out before the migrator runs.
Result<> make_room(const Turn& turn);

/// A run that has succeeded.
struct RunToRecord {
  std::string found;     ///< the state before it
  std::string migrator;  ///< the program's name
  milliseconds took;
};

/// After a run: a fact of what it found and left, and for Alembic the ancestors of the state that it reached.
Result<> record_run(const Turn& turn, const MigratorProject& project, const RunToRecord& run,
                    const MigratorState& left);

/// Alembic's heads were found in a database that somebody else brought there (by hand, by CI): store their ancestors,
/// so that an older image can tell later that the database is ahead of it. Where this role may not write, or the
/// server cannot be written to, nothing is stored, and no error is made of that.
Result<> record_heads(Session& session, History& history, const MigratorProject& project, const MigratorState& state);

}  // namespace pge
