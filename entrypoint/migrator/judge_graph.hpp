#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "alembic/revision_graph.hpp"
#include "history/facts.hpp"
#include "migrator/judgement.hpp"

namespace pge {

/// Judge a database at `current`, the rows of Alembic's version table, by this image's revisions (ADR 9).
/// `ancestry`: what is stored for this state, if anything is; only a state with foreign revisions needs it.
///   up to date  every head is in the state, or is an ancestor of a revision in it, by down_revision or depends_on
///   pending     a head is missing, and the image knows every revision of the state
///   ahead       the state has foreign revisions, and all heads of this image are among its stored ancestors
///   unknown     it has foreign revisions and nothing proves more; or the image has no revisions at all
Judgement judge_graph(const RevisionGraph& graph, std::span<const std::string> current,
                      const std::optional<Ancestry>& ancestry = std::nullopt);

/// A state as it is stored: its revisions, sorted, one per line.
std::string state_of(std::vector<std::string> current);

/// What to store for a state that this image knows completely: its revisions and everything below them.
Ancestry ancestry_of(const RevisionGraph& graph, const std::string& application,
                     const std::vector<std::string>& current);

}  // namespace pge
