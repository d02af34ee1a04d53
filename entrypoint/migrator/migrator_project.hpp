#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "core/error.hpp"
#include "core/events.hpp"
#include "migrator/alembic_project.hpp"
#include "postgres/session.hpp"

namespace pge {

/// What the database says now, when it was asked by the migrator's state query.
struct MigratorState {
  std::optional<std::string> text;  ///< the rows, a line each; nothing when they could not be read
  std::string unreadable;           ///< why not
};

/// A project's own migrator, as far as it is known before a database is there: its words, its Alembic project, the
/// digest of its inputs, and how to ask for the state.
struct MigratorProject {
  std::vector<std::string> words;
  std::optional<AlembicProject> alembic;  ///< when the migrator is Alembic and its files could be read
  std::string state_query;                ///< empty: the state cannot be told
  std::string digest;                     ///< of the inputs; empty: no receipts, the migrator runs at each start

  /// Fails with `not_found` or `cannot_execute` for a misspelt command, which should not wait for a database first,
  /// with `no_input` for inputs that cannot be read, and with `invalid_migrations` for several heads of Alembic's.
  static Result<MigratorProject> open(const MigratorSettings& settings, const std::vector<std::string>& environment,
                                      Events& events);

  /// Fails only with a lost connection or a stop.
  Result<MigratorState> read_state(Session& session) const;
};

}  // namespace pge
