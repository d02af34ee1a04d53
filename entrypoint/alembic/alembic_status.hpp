#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "alembic/revision_graph.hpp"
#include "core/key_values.hpp"

namespace pge {

/// The project's revisions against what the database says.
struct AlembicStatus {
  std::vector<std::string> current;  ///< the rows of alembic_version
  std::vector<bool> applied;         ///< for each of `graph.all()`
  std::vector<std::string> unknown;  ///< current ones that no file declares
  std::size_t pending = 0;

  /// Something else proves that the database has all revisions.
  void set_all_applied();
};

AlembicStatus describe_alembic(const RevisionGraph& graph, std::vector<std::string> current);

/// "two heads" and what to type; nothing when there is one head or none.
std::optional<Error> several_heads(const RevisionGraph& graph);

/// A table for people: newest first.
std::string alembic_table(const RevisionGraph& graph, const AlembicStatus& status);

/// {"current": […], "heads": […], "branches": […], "merges": […], "unknown": […], "revisions": […], "applied": n,
/// "pending": n, "judgement": "…"}, and `more`.
std::string alembic_json(const RevisionGraph& graph, const AlembicStatus& status, std::string_view judgement,
                         const KeyValues& more = {});

}  // namespace pge
