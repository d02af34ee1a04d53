#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "core/error.hpp"
#include "core/events.hpp"
#include "migrator/alembic_project.hpp"

namespace pge {

/// A project's own migrator, as far as it is known before a database is there: its words, its Alembic project, what
/// can judge a database's state, and how to ask for that state.
struct MigratorProject {
  std::vector<std::string> words;
  std::optional<AlembicProject> alembic = {};  ///< when the migrator is Alembic and its files could be read
  std::string state_query = {};                ///< empty: the state cannot be told
  bool by_graph = false;                       ///< Alembic's revisions judge the state (ADR 9)
  std::string inputs = {};                     ///< digest of files and variables; empty: facts do not judge
  std::vector<std::string> scope = {};      ///< Alembic's section, -x arguments and version table, as they were given
  std::optional<Error> no_judgement = {};   ///< why Alembic's files say nothing, for a command that only looks
  std::optional<Error> unreadable = {};     ///< why Alembic's files could not be read; Alembic may fail for it, too
  std::optional<Error> several_heads = {};  ///< which `upgrade head` refuses

  /// Whether anything can be said about a state; if not, the migrator runs at each start and leaves no record.
  bool can_be_judged() const noexcept { return by_graph || !inputs.empty(); }

  /// The digest that tells applications apart: the history table, the state query, and the scope.
  std::string application(const std::string& history_table) const;

  /// Fails with `usage` for a command line that only a shell could read, and with `no_input` for inputs that cannot be
  /// read.
  static Result<MigratorProject> open(const MigratorSettings& settings, const std::vector<std::string>& environment,
                                      Events& events);

  /// An Alembic project without a migrator: what `alembic upgrade head` would find.
  static MigratorProject look_at(AlembicProject alembic, const AlembicChoice& choice);
};

}  // namespace pge
