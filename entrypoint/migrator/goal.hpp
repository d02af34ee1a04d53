#pragma once

#include <optional>
#include <string>

#include "core/error.hpp"
#include "migrator/judge.hpp"

namespace pge {

/// After `alembic upgrade head` has succeeded: nothing when the database is up to date, else an error with
/// `migration_failed` that says what was reached, and the likely reason. `found`: the state before the run.
std::optional<Error> missed_goal(const MigratorProject& project, const MigratorState& found, const MigratorState& left);

/// Where Alembic's own table says that a database is, as a part of a sentence: "is at …".
std::string place_of(const MigratorState& left);

/// What to do when Alembic fails on a revision that this image does not have: what both sides have, and the ways out.
std::string hint_for_foreign(const MigratorProject& project, const Judgement& judgement);

}  // namespace pge
