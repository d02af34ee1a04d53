#pragma once

#include "alembic/alembic_config.hpp"
#include "alembic/revision_graph.hpp"
#include "core/error.hpp"

namespace pge {

/// Read every revision file of the version locations (as Alembic chooses them: *.py, but not __init__.py and no
/// editor's lock file, by the names behind links, each file once) and build the graph. Fails with `no_input` for a
/// folder that cannot be read, else as `parse_revision` and `RevisionGraph::make`.
Result<RevisionGraph> read_revisions(const AlembicConfig& config);

}  // namespace pge
