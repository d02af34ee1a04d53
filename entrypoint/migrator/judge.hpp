#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "history/history.hpp"
#include "migrator/judge_facts.hpp"
#include "migrator/judgement.hpp"
#include "migrator/migrator_project.hpp"
#include "postgres/session.hpp"

namespace pge {

/// What the database says now, when it was asked by the migrator's state query.
struct MigratorState {
  std::optional<std::string> text = {};        ///< the rows, a line each; nothing when they could not be read
  std::vector<std::string> first_column = {};  ///< of each row; for Alembic the revisions
  std::optional<Error> unreadable = {};        ///< why not

  /// The table that it asks is not there, which says as much as an empty one.
  bool has_no_table() const { return unreadable && unreadable->is_sqlstate("42P01"); }
};

/// What one look at the database has shown of a migrator.
struct MigratorFindings {
  MigratorState state = {};
  Judgement judgement = {};
};

/// Fails only with a lost connection or a stop.
Result<MigratorState> read_state(Session& session, const MigratorProject& project);

/// By which digests this run is known: those of the project, completed by its target (database, effective role and
/// search_path, as the migrator has them). Call after `History::read`.
Result<MigratorIdentity> identify(Session& session, const History& history, const MigratorProject& project);

/// Whose receipts count. The migrator's role is a part of what identifies a run.
enum class Runs : std::uint8_t {
  of_this_role,  ///< who would run it now
  of_any_role,   ///< who waits for somebody else's run often logs in as another role, and need not know which
};

/// The one judgement that `run`, `migrate`, `--migrate=check`, `check` and `status` share (ADR 9). Reads only.
Result<MigratorFindings> judge_migrator(Session& session, History& history, const MigratorProject& project,
                                        Runs runs = Runs::of_this_role);

}  // namespace pge
