#include "alembic/revision_graph.hpp"

#include <algorithm>
#include <format>

namespace pge {
namespace {

using Node = RevisionGraph::Node;

std::vector<std::size_t> count_followers(const std::vector<std::vector<Node>>& edges) {
  std::vector<std::size_t> followers(edges.size(), 0);
  for (const auto& parents : edges) {
    for (const Node parent : parents) ++followers[parent];
  }
  return followers;
}

Result<> invalid(const Revision& revision, std::string message, std::string hint) {
  return fail({.code = ExitCode::invalid_migrations,
               .message = std::move(message),
               .hint = std::move(hint),
               .where = {.file = revision.path}});
}

}  // namespace

Result<RevisionGraph> RevisionGraph::make(std::vector<Revision> revisions) {
  std::ranges::sort(revisions, {}, &Revision::id);
  RevisionGraph graph(std::move(revisions));
  for (const auto step : {&RevisionGraph::index, &RevisionGraph::connect, &RevisionGraph::sort}) {
    if (auto done = (graph.*step)(); !done) return fail(std::move(done.error()));
  }
  return graph;
}

Result<> RevisionGraph::index() {
  for (Node node = 0; node < revisions_.size(); ++node) {
    const Revision& revision = revisions_[node];
    if (const auto [other, is_new] = by_id_.emplace(revision.id, node); !is_new) {
      return invalid(revision,
                     std::format("two files declare revision {}: {} and {}", revision.id,
                                 revisions_[other->second].path, revision.path),
                     "give one of them its own id; alembic revision generates one");
    }
  }
  return {};
}

Result<> RevisionGraph::connect() {
  std::map<std::string, Node> names = by_id_;
  for (Node node = 0; node < revisions_.size(); ++node) {
    const Revision& revision = revisions_[node];
    for (const std::string& label : revision.labels) {
      const auto [other, is_new] = names.emplace(label, node);
      if (is_new) continue;
      return invalid(revision,
                     std::format("the branch label {} of revision {} is in use already, by revision {}", label,
                                 revision.id, revisions_[other->second].id),
                     "give the branch another label");
    }
  }
  down_.resize(revisions_.size());
  rests_on_.resize(revisions_.size());
  for (Node node = 0; node < revisions_.size(); ++node) {
    const Revision& revision = revisions_[node];
    const auto follow = [&](const std::vector<std::string>& parents, bool down) -> Result<> {
      for (const std::string& parent : parents) {
        const auto found = names.find(parent);
        if (found == names.end()) {
          return invalid(revision,
                         std::format("revision {} depends on {}, which no file declares", revision.id, parent),
                         "is a file or a version location missing? compare with alembic history");
        }
        if (down && !by_id_.contains(parent)) {
          return invalid(revision,
                         std::format("the down_revision of {} is the branch label {}; Alembic takes an id there only",
                                     revision.id, parent),
                         std::format("write the id that has the label: {}", revisions_[found->second].id));
        }
        // A parent that is named twice is one.
        if (down && !std::ranges::contains(down_[node], found->second)) down_[node].push_back(found->second);
        if (!std::ranges::contains(rests_on_[node], found->second)) rests_on_[node].push_back(found->second);
      }
      return {};
    };
    if (auto done = follow(revision.down, true); !done) return done;
    if (auto done = follow(revision.depends_on, false); !done) return done;
  }
  return {};
}

/// Kahn's algorithm from the heads; the revisions are put into that order.
Result<> RevisionGraph::sort() {
  std::vector<std::size_t> followers = count_followers(rests_on_);
  std::vector<Node> order;
  // A stack, so that one branch is listed completely before the next one starts.
  std::vector<Node> ready;
  for (Node node = revisions_.size(); node-- > 0;) {
    if (followers[node] == 0) ready.push_back(node);
  }
  while (!ready.empty()) {
    const Node node = ready.back();
    ready.pop_back();
    order.push_back(node);
    for (const Node parent : rests_on_[node]) {
      if (--followers[parent] == 0) ready.push_back(parent);
    }
  }
  if (order.size() < revisions_.size()) {
    const auto caught = std::ranges::find_if(followers, [](std::size_t count) { return count > 0; });
    const Revision& revision = revisions_[static_cast<Node>(caught - followers.begin())];
    return invalid(revision, std::format("the revisions form a cycle that includes {}", revision.id),
                   "correct its down_revision or depends_on");
  }
  std::vector<Node> place(order.size());
  std::vector<Revision> sorted;
  sorted.reserve(order.size());
  for (Node at = 0; at < order.size(); ++at) {
    place[order[at]] = at;
    sorted.push_back(std::move(revisions_[order[at]]));
  }
  const auto move_edges = [&](std::vector<std::vector<Node>>& edges) {
    std::vector<std::vector<Node>> moved(edges.size());
    for (Node node = 0; node < edges.size(); ++node) {
      for (const Node parent : edges[node]) moved[place[node]].push_back(place[parent]);
    }
    edges = std::move(moved);
  };
  move_edges(down_);
  move_edges(rests_on_);
  followers_ = count_followers(down_);
  revisions_ = std::move(sorted);
  for (auto& [id, node] : by_id_) node = place[node];
  return {};
}

std::vector<std::string> RevisionGraph::ids_where(bool (RevisionGraph::*is)(Node) const) const {
  std::vector<std::string> ids;
  for (Node node = 0; node < revisions_.size(); ++node) {
    if ((this->*is)(node)) ids.push_back(revisions_[node].id);
  }
  return ids;
}

std::vector<bool> RevisionGraph::applied(std::span<const std::string> current) const {
  std::vector<bool> applied(revisions_.size(), false);
  for (const std::string& id : current) {
    if (const auto found = by_id_.find(id); found != by_id_.end()) applied[found->second] = true;
  }
  // Newest first: what a revision depends on comes after it.
  for (Node node = 0; node < revisions_.size(); ++node) {
    if (!applied[node]) continue;
    for (const Node parent : rests_on_[node]) applied[parent] = true;
  }
  return applied;
}

}  // namespace pge
