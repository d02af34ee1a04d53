#include <catch2/catch_test_macros.hpp>
#include <optional>
#include <string>
#include <vector>

#include "migrator/facts_report.hpp"
#include "migrator/judge_facts.hpp"
#include "migrator/judge_graph.hpp"

namespace {

using pge::Verdict;
using Words = std::vector<std::string>;

pge::RevisionGraph graph_of(std::vector<pge::Revision> revisions) {
  return pge::RevisionGraph::make(std::move(revisions)).value();
}

pge::Fact fact(std::string inputs, std::string found, std::string left) {
  return {.application = "app",
          .command = "up",
          .inputs = std::move(inputs),
          .found = std::move(found),
          .left = std::move(left),
          .migrator = "knex"};
}

}  // namespace

TEST_CASE("a judgement by revisions names what is missing and what is foreign") {
  const auto graph = graph_of({{.id = "a"}, {.id = "b", .down = {"a"}}, {.id = "c", .down = {"b"}}});
  const auto pending = pge::judge_graph(graph, Words{"a"});
  CHECK(pending.verdict == Verdict::pending);
  CHECK(pending.must_run());
  CHECK(pending.missing == Words{"b", "c"});
  CHECK(pge::judge_graph(graph, Words{}).missing == Words{"a", "b", "c"});

  const auto foreign = pge::judge_graph(graph, Words{"z"});
  CHECK(foreign.verdict == Verdict::unknown);
  CHECK(foreign.must_run());
  CHECK(foreign.foreign == Words{"z"});

  const auto done = pge::judge_graph(graph, Words{"c"});
  CHECK(done.verdict == Verdict::up_to_date);
  CHECK_FALSE(done.must_run());
  CHECK(done.missing.empty());
}

TEST_CASE("ahead needs all heads among the stored ancestors") {
  const auto graph = graph_of({{.id = "a"}, {.id = "b", .down = {"a"}}, {.id = "x"}});
  const auto judged = [&](Words ancestors) {
    const pge::Ancestry stored{.application = "app", .state = "z", .ancestors = std::move(ancestors)};
    return pge::judge_graph(graph, Words{"z"}, stored).verdict;
  };
  CHECK(judged({"z", "x", "b", "a"}) == Verdict::ahead);
  CHECK(judged({"z", "b", "a"}) == Verdict::unknown);
  CHECK(judged({"z", "x", "a"}) == Verdict::unknown);
  CHECK(judged({}) == Verdict::unknown);
  // What is stored does not outweigh what the files say of a state that they know.
  const pge::Ancestry stored{.application = "app", .state = "a", .ancestors = {"a", "b", "x"}};
  CHECK(pge::judge_graph(graph, Words{"a"}, stored).verdict == Verdict::pending);
}

TEST_CASE("without revisions nothing is up to date") {
  CHECK(pge::judge_graph(graph_of({}), Words{}).verdict == Verdict::unknown);
  CHECK(pge::judge_graph(graph_of({}), Words{"a"}).verdict == Verdict::unknown);
}

TEST_CASE("a head that another revision depends on has no row of its own") {
  const auto graph = graph_of({{.id = "core"}, {.id = "addon", .depends_on = {"core"}}});
  CHECK(graph.ids_where(&pge::RevisionGraph::is_head).size() == 2);
  CHECK(pge::judge_graph(graph, Words{"addon"}).verdict == Verdict::up_to_date);
  CHECK(pge::judge_graph(graph, Words{"core"}).missing == Words{"addon"});
  const pge::Ancestry stored = pge::ancestry_of(graph, "app", {"addon"});
  CHECK(stored.state == "addon");
  CHECK(stored.ancestors == Words{"addon", "core"});
}

TEST_CASE("a stored state does not depend on the order of its rows") {
  CHECK(pge::state_of({"b", "a"}) == "a\nb");
  CHECK(pge::state_of({}).empty());
}

TEST_CASE("a judgement by facts") {
  const std::vector<pge::Fact> facts{fact("v1", "", "1"), fact("v2", "1", "2"), fact("v3", "2", "3"),
                                     fact("other", "7", "8")};
  const auto judged = [&](const std::string& inputs, const std::string& state) {
    return pge::judge_facts(facts, {.application = "app", .command = "up", .inputs = inputs}, state).verdict;
  };
  CHECK(judged("v1", "1") == Verdict::up_to_date);
  CHECK(judged("v1", "2") == Verdict::ahead);
  CHECK(judged("v1", "3") == Verdict::ahead);
  CHECK(judged("v2", "3") == Verdict::ahead);
  CHECK(judged("v2", "1") == Verdict::unknown);
  CHECK(judged("v3", "3") == Verdict::up_to_date);
  CHECK(judged("v1", "8") == Verdict::unknown);
  CHECK(judged("v1", "") == Verdict::unknown);
  CHECK(judged("never here", "1") == Verdict::unknown);
  CHECK(pge::judge_facts({}, {}, "").verdict == Verdict::unknown);
}

TEST_CASE("facts of another application and of another command count for nothing") {
  std::vector<pge::Fact> facts{fact("v1", "", "1"), fact("v2", "1", "2")};
  const pge::MigratorIdentity v1{.application = "app", .command = "up", .inputs = "v1"};
  CHECK(pge::judge_facts(facts, v1, "2").verdict == Verdict::ahead);
  facts[1].command = "down";
  CHECK(pge::judge_facts(facts, v1, "2").verdict == Verdict::unknown);
  facts[1].command = "up";
  facts[1].application = "another";
  CHECK(pge::judge_facts(facts, v1, "2").verdict == Verdict::unknown);
  facts[0].application = "another";
  CHECK(pge::judge_facts(facts, v1, "1").verdict == Verdict::unknown);
}

TEST_CASE("facts that lead in a circle come to an end") {
  const std::vector<pge::Fact> facts{fact("v1", "1", "2"), fact("v2", "2", "1"), fact("v3", "9", "9")};
  const pge::MigratorIdentity v1{.application = "app", .command = "up", .inputs = "v1"};
  CHECK(pge::judge_facts(facts, v1, "1").verdict == Verdict::ahead);
  CHECK(pge::judge_facts(facts, v1, "9").verdict == Verdict::unknown);
}

TEST_CASE("status shows facts and the verdict") {
  const std::vector<pge::Fact> facts{fact("0123456789abcdef", "", "1\n2\n")};
  const std::string table = pge::facts_table(facts, Verdict::ahead);
  CHECK(table.contains("0123456789ab "));
  CHECK(table.contains("knex          1 2\n"));
  CHECK(table.ends_with("this image: the database is ahead of it\n"));
  const std::string json = pge::facts_json(facts, Verdict::up_to_date);
  CHECK(json.contains("\"judgement\": \"up_to_date\""));
  CHECK(json.contains("\"state\": \"1\\n2\\n\""));
}
