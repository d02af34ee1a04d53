#include "alembic/alembic_status.hpp"

#include <algorithm>
#include <format>
#include <nlohmann/json.hpp>

#include "core/strings.hpp"

namespace pge {
namespace {

using Node = RevisionGraph::Node;

/// "head, branch point, merge", as `alembic history` marks them; then the labels.
std::string marks(const RevisionGraph& graph, Node node) {
  std::vector<std::string> words;
  if (graph.is_head(node)) words.emplace_back("head");
  if (graph.is_branch_point(node)) words.emplace_back("branch point");
  if (graph.is_merge(node)) words.emplace_back("merge");
  const Revision& revision = graph.all()[node];
  words.insert(words.end(), revision.labels.begin(), revision.labels.end());
  return joined(words);
}

}  // namespace

void AlembicStatus::set_all_applied() {
  applied.assign(applied.size(), true);
  pending = 0;
}

AlembicStatus describe_alembic(const RevisionGraph& graph, std::vector<std::string> current) {
  AlembicStatus status{.current = std::move(current), .applied = {}, .unknown = {}, .pending = 0};
  status.applied = graph.applied(status.current);
  status.pending = static_cast<std::size_t>(std::ranges::count(status.applied, false));
  for (const std::string& id : status.current) {
    if (!graph.contains(id)) status.unknown.push_back(id);
  }
  return status;
}

std::optional<Error> several_heads(const RevisionGraph& graph) {
  const std::vector<std::string> heads = graph.ids_where(&RevisionGraph::is_head);
  if (heads.size() < 2) return std::nullopt;
  return Error{.code = ExitCode::invalid_migrations,
               .message = std::format("Alembic has {} heads: {}", heads.size(), joined(heads)),
               .hint = std::format("alembic merge -m \"merge heads\" {}; or, if the branches are intended, "
                                   "--migrator 'alembic upgrade heads'",
                                   joined(heads, " "))};
}

std::string alembic_table(const RevisionGraph& graph, const AlembicStatus& status) {
  std::size_t widest = 8;
  for (const Revision& revision : graph.all()) widest = std::max(widest, revision.id.size());
  std::string out = std::format("{:<8} {:<{}} {:<{}}  {}\n", "STATUS", "REVISION", widest, "DOWN", widest, "MESSAGE");
  for (const std::string& id : status.unknown) {
    out += std::format("{:<8} {:<{}} {:<{}}  {}\n", "unknown", id, widest, "?", widest, "(no file of this image)");
  }
  for (Node node = 0; node < graph.all().size(); ++node) {
    const Revision& revision = graph.all()[node];
    const std::string mark = marks(graph, node);
    out += std::format("{:<8} {:<{}} {:<{}}  {}{}\n", status.applied[node] ? "applied" : "pending", revision.id, widest,
                       revision.down.empty() ? "<base>" : joined(revision.down), widest, revision.message,
                       mark.empty() ? "" : "  (" + mark + ")");
  }
  return out;
}

std::string alembic_json(const RevisionGraph& graph, const AlembicStatus& status, std::string_view judgement,
                         const KeyValues& more) {
  nlohmann::ordered_json revisions = nlohmann::ordered_json::array();
  for (Node node = 0; node < graph.all().size(); ++node) {
    const Revision& revision = graph.all()[node];
    revisions.push_back({{"revision", revision.id},
                         {"down_revision", revision.down},
                         {"depends_on", revision.depends_on},
                         {"branch_labels", revision.labels},
                         {"status", status.applied[node] ? "applied" : "pending"},
                         {"message", revision.message}});
  }
  nlohmann::ordered_json all{{"current", status.current},
                             {"heads", graph.ids_where(&RevisionGraph::is_head)},
                             {"branches", graph.ids_where(&RevisionGraph::is_branch_point)},
                             {"merges", graph.ids_where(&RevisionGraph::is_merge)},
                             {"unknown", status.unknown},
                             {"revisions", revisions},
                             {"applied", graph.all().size() - status.pending},
                             {"pending", status.pending},
                             {"judgement", judgement}};
  for (const auto& [key, value] : more) all[key] = value;
  return all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace pge
