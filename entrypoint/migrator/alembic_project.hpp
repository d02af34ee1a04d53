#pragma once

#include <optional>
#include <string>
#include <vector>

#include "alembic/alembic_config.hpp"
#include "alembic/alembic_status.hpp"
#include "alembic/revision_graph.hpp"
#include "postgres/session.hpp"

namespace pge {

/// An Alembic project: its configuration and its revisions.
struct AlembicProject {
  AlembicConfig config;
  RevisionGraph graph;

  /// Everything that the result of `alembic upgrade` depends on: the configuration and the script location.
  std::vector<std::string> inputs() const;
};

/// `alembic upgrade head` wants one head; with several Alembic would say so after a lock and a Python start.
bool wants_one_head(const std::vector<std::string>& migrator_words);

/// Which configuration `given` (--alembic), the migrator's -c and -n, or Alembic's own rules choose.
struct AlembicChoice {
  std::string where;
  std::string section = "alembic";
};

/// Nothing when this is no Alembic project: neither `--alembic` nor an `alembic` command, and, where no migrator is
/// given, no configuration that Alembic would find.
std::optional<AlembicChoice> choose_alembic(const std::string& given, const std::vector<std::string>& migrator_words,
                                            const std::vector<std::string>& environment);

Result<AlembicProject> open_alembic(const AlembicChoice& choice);

/// The rows of alembic_version; none when there is no such table yet. Fails with `configuration` when env.py does not
/// tell its name.
Result<std::vector<std::string>> read_alembic_version(Session& session, const AlembicConfig& config);

}  // namespace pge
