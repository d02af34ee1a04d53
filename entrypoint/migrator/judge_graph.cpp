#include "migrator/judge_graph.hpp"

#include <algorithm>
#include <utility>

#include "core/strings.hpp"

namespace pge {

Judgement judge_graph(const RevisionGraph& graph, std::span<const std::string> current,
                      const std::optional<Ancestry>& ancestry) {
  Judgement judgement;
  const std::vector<bool> applied = graph.applied(current);
  for (const std::string& id : current) {
    if (!graph.contains(id)) judgement.foreign.push_back(id);
  }
  const auto every_head = [&](const auto& is_there) {
    for (RevisionGraph::Node node = 0; node < graph.all().size(); ++node) {
      if (graph.is_head(node) && !is_there(node)) return false;
    }
    return true;
  };
  if (graph.all().empty()) return judgement;
  if (every_head([&](RevisionGraph::Node node) { return applied[node]; })) {
    judgement.verdict = Verdict::up_to_date;
    return judgement;
  }
  const auto is_stored = [&](RevisionGraph::Node node) {
    return std::ranges::contains(ancestry->ancestors, graph.all()[node].id);
  };
  if (!judgement.foreign.empty() && ancestry && every_head(is_stored)) {
    judgement.verdict = Verdict::ahead;
    return judgement;
  }
  if (judgement.foreign.empty()) judgement.verdict = Verdict::pending;
  for (RevisionGraph::Node node = graph.all().size(); node-- > 0;) {
    if (!applied[node]) judgement.missing.push_back(graph.all()[node].id);
  }
  return judgement;
}

std::string state_of(std::vector<std::string> current) {
  std::ranges::sort(current);
  return joined(current, "\n");
}

Ancestry ancestry_of(const RevisionGraph& graph, const std::string& application,
                     const std::vector<std::string>& current) {
  Ancestry ancestry{.application = application, .state = state_of(current), .ancestors = {}};
  const std::vector<bool> applied = graph.applied(current);
  for (RevisionGraph::Node node = 0; node < applied.size(); ++node) {
    if (applied[node]) ancestry.ancestors.push_back(graph.all()[node].id);
  }
  return ancestry;
}

}  // namespace pge
