#pragma once

#include <optional>
#include <string>
#include <vector>

#include "alembic/alembic_command.hpp"
#include "alembic/alembic_config.hpp"
#include "alembic/alembic_status.hpp"
#include "alembic/revision_graph.hpp"
#include "config/settings.hpp"
#include "postgres/session.hpp"

namespace pge {

/// An Alembic project: its configuration and its revisions.
struct AlembicProject {
  AlembicConfig config;
  RevisionGraph graph;
  bool wants_one_head;  ///< as its AlembicChoice

  /// Everything that the result of `alembic upgrade` depends on: the configuration and the script location.
  std::vector<std::string> inputs() const;
};

/// Which configuration the migrator's command, `--alembic`, or Alembic's own rules choose.
struct AlembicChoice {
  std::optional<AlembicCommand> command = {};  ///< the migrator, when it starts Alembic
  std::string doubt = {};                      ///< why it is not certain which project the migrator will read
  std::string where = {};
  AlembicOverrides overrides = {};
  std::string section = "alembic";
  std::string version_table = {};  ///< [schema.]name by the user's word; empty: env.py's
  bool wants_one_head = true;      ///< with several, `alembic upgrade head` would fail after a lock and a Python start
};

/// Nothing when this is no Alembic project: neither `--alembic` nor an `alembic` command, and, where no migrator is
/// given, no configuration that Alembic would find. The command's own -c goes before `--alembic`, and this before the
/// variable ALEMBIC_CONFIG; a command that reads another file than `--alembic` names is a doubt.
std::optional<AlembicChoice> choose_alembic(const MigratorSettings& settings,
                                            const std::vector<std::string>& migrator_words,
                                            const std::vector<std::string>& environment);

/// Fails as the readers of configuration and revisions do, and with `usage` for a version table that is none.
Result<AlembicProject> open_alembic(const AlembicChoice& choice);

/// Why nothing can be asked of the database: env.py does not tell the version table's name.
Error uncertain_table(const AlembicConfig& config);

/// Why a project without revisions says nothing: env.py may look for them elsewhere. Nothing when it has some.
std::optional<Error> no_revisions(const AlembicProject& project);

/// The rows of alembic_version; none when there is no such table yet. Fails with `configuration` when env.py does not
/// tell its name.
Result<std::vector<std::string>> read_alembic_version(Session& session, const AlembicConfig& config);

}  // namespace pge
