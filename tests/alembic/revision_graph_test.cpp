#include "alembic/revision_graph.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "alembic/alembic_status.hpp"

namespace {

using pge::Revision;
using pge::RevisionGraph;
using Words = std::vector<std::string>;

Revision revision(std::string id, Words down = {}, Words depends_on = {}, Words labels = {}) {
  return {
      .id = std::move(id), .down = std::move(down), .depends_on = std::move(depends_on), .labels = std::move(labels)};
}

RevisionGraph graph_of(std::vector<Revision> revisions) {
  auto graph = RevisionGraph::make(std::move(revisions));
  if (!graph) throw std::runtime_error(graph.error().message);
  return *std::move(graph);
}

Words sorted(Words words) {
  std::ranges::sort(words);
  return words;
}

Words order(const RevisionGraph& graph) {
  Words ids;
  for (const Revision& one : graph.all()) ids.push_back(one.id);
  return ids;
}

Words applied(const RevisionGraph& graph, const Words& current) {
  const auto flags = graph.applied(current);
  Words ids;
  for (std::size_t i = 0; i < flags.size(); ++i) {
    if (flags[i]) ids.push_back(graph.all()[i].id);
  }
  return sorted(ids);
}

}  // namespace

TEST_CASE("a line: newest first, one head") {
  const RevisionGraph graph = graph_of({revision("b", {"a"}), revision("c", {"b"}), revision("a")});
  CHECK(order(graph) == Words{"c", "b", "a"});
  CHECK(graph.ids_where(&RevisionGraph::is_head) == Words{"c"});
  CHECK(graph.ids_where(&RevisionGraph::is_branch_point).empty());
  CHECK(applied(graph, {"b"}) == Words{"a", "b"});
  CHECK(applied(graph, {}).empty());
  CHECK(applied(graph, {"unknown"}).empty());
  CHECK_FALSE(pge::several_heads(graph));
}

TEST_CASE("two branches and their merge") {
  const RevisionGraph graph =
      graph_of({revision("a"), revision("b", {"a"}), revision("c", {"a"}), revision("m", {"b", "c"})});
  CHECK(graph.ids_where(&RevisionGraph::is_head) == Words{"m"});
  CHECK(graph.ids_where(&RevisionGraph::is_branch_point) == Words{"a"});
  CHECK(graph.ids_where(&RevisionGraph::is_merge) == Words{"m"});
  CHECK(applied(graph, {"m"}) == Words{"a", "b", "c", "m"});
  CHECK(applied(graph, {"b"}) == Words{"a", "b"});
}

TEST_CASE("a parent that is named twice makes no branch") {
  const RevisionGraph graph = graph_of({revision("a"), revision("b", {"a", "a"})});
  CHECK(graph.ids_where(&RevisionGraph::is_branch_point).empty());
  CHECK(graph.ids_where(&RevisionGraph::is_merge) == Words{"b"});
  CHECK(graph.ids_where(&RevisionGraph::is_head) == Words{"b"});
}

TEST_CASE("two roots are two heads, and that has its own message") {
  const RevisionGraph graph = graph_of({revision("a"), revision("b")});
  const auto several = pge::several_heads(graph);
  REQUIRE(several);
  CHECK(several->code == pge::ExitCode::invalid_migrations);
  CHECK(several->message == "Alembic has 2 heads: a, b");
  CHECK(several->hint.contains("alembic merge -m \"merge heads\" a b"));
}

TEST_CASE("a dependency makes no child, but it is applied with what depends on it") {
  // By id and by branch label; the head of the other branch stays a head.
  const RevisionGraph graph = graph_of(
      {revision("a", {}, {}, {"lib"}), revision("b", {"a"}), revision("x", {}, {"b"}), revision("y", {"x"}, {"lib"})});
  CHECK(sorted(graph.ids_where(&RevisionGraph::is_head)) == Words{"b", "y"});
  CHECK(applied(graph, {"y"}) == Words{"a", "b", "x", "y"});
  const Words all = order(graph);
  CHECK(std::ranges::find(all, "x") < std::ranges::find(all, "b"));
}

TEST_CASE("what does not fit together is refused") {
  const struct {
    std::vector<Revision> revisions;
    std::string message;
  } table[] = {
      {{revision("a"), revision("a")}, "two files declare revision a"},
      {{revision("b", {"gone"})}, "revision b depends on gone, which no file declares"},
      {{revision("b", {}, {"gone"})}, "revision b depends on gone, which no file declares"},
      {{revision("a", {}, {}, {"lib"}), revision("b", {"lib"})}, "the down_revision of b is the branch label lib"},
      {{revision("a", {}, {}, {"lib"}), revision("b", {"a", "lib"})}, "the down_revision of b is the branch label lib"},
      {{revision("a", {}, {}, {"lib"}), revision("b", {"a"}, {}, {"lib"})}, "the branch label lib of revision b"},
      {{revision("a", {}, {}, {"b"}), revision("b", {"a"})}, "the branch label b of revision a"},
      {{revision("a", {}, {}, {"a"})}, "the branch label a of revision a"},
      {{revision("a", {}, {}, {"x", "x"})}, "the branch label x of revision a"},
      {{revision("a", {"b"}), revision("b", {"a"})}, "form a cycle"},
      {{revision("a", {"a"})}, "form a cycle"},
      {{revision("r"), revision("a", {"r"}, {"b"}), revision("b", {"a"})}, "form a cycle"},
  };
  for (const auto& row : table) {
    const auto graph = RevisionGraph::make(row.revisions);
    REQUIRE_FALSE(graph);
    CHECK(graph.error().code == pge::ExitCode::invalid_migrations);
    CHECK(graph.error().message.contains(row.message));
  }
}

TEST_CASE("the status counts what is pending and names what is unknown") {
  const RevisionGraph graph = graph_of({revision("a"), revision("b", {"a"}), revision("c", {"b"})});
  const auto status = pge::describe_alembic(graph, {"b"});
  CHECK(status.pending == 1);
  CHECK(status.unknown.empty());
  CHECK(pge::alembic_table(graph, status).contains("pending  c"));
  CHECK(pge::alembic_json(graph, status, "pending").contains("\"judgement\": \"pending\""));
  const auto ahead = pge::describe_alembic(graph, {"z"});
  CHECK(ahead.unknown == Words{"z"});
  CHECK(pge::alembic_table(graph, ahead).contains("unknown  z"));
}
