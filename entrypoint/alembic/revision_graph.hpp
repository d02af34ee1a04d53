#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "alembic/revision_file.hpp"
#include "core/error.hpp"

namespace pge {

/// The revisions of a project and how they follow each other. Revisions are named by their place in `all()`.
class RevisionGraph {
 public:
  using Node = std::size_t;

  /// Fails with `invalid_migrations`: two files with one id, a label that is in use already, a parent or a dependency
  /// that no file has, a label as a parent, a circle.
  static Result<RevisionGraph> make(std::vector<Revision> revisions);

  /// Newest first: a revision comes before everything that it depends on.
  const std::vector<Revision>& all() const noexcept { return revisions_; }

  /// Nothing follows it by down_revision (`alembic heads`).
  bool is_head(Node node) const { return followers_.at(node) == 0; }
  /// Several follow it by down_revision (`alembic branches`).
  bool is_branch_point(Node node) const { return followers_.at(node) > 1; }
  /// It joins several (`alembic history` counts a parent that is named twice as two).
  bool is_merge(Node node) const { return revisions_.at(node).down.size() > 1; }

  /// The ids of those for which one of the three holds.
  std::vector<std::string> ids_where(bool (RevisionGraph::*is)(Node) const) const;

  bool contains(std::string_view id) const { return by_id_.contains(std::string(id)); }

  /// Which revisions a database at `current` (the rows of alembic_version) has: these, and all that they depend on
  /// through down_revision or depends_on. One flag for each of `all()`; ids without a file count for nothing.
  std::vector<bool> applied(std::span<const std::string> current) const;

 private:
  explicit RevisionGraph(std::vector<Revision> revisions) : revisions_(std::move(revisions)) {}
  Result<> index();
  Result<> connect();
  Result<> sort();

  std::vector<Revision> revisions_;
  std::map<std::string, Node> by_id_;
  std::vector<std::vector<Node>> down_;      ///< by down_revision
  std::vector<std::size_t> followers_;       ///< how many follow by down_revision
  std::vector<std::vector<Node>> rests_on_;  ///< by down_revision and depends_on
};

}  // namespace pge
