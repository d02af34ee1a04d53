#include "migrator/migrator_world.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "migrator/judge_facts.hpp"
#include "migrator/judge_graph.hpp"

namespace pge::test {

/// One start of an image, or a job.
struct World::Run {
  std::string application;
  std::string image;
  std::string command = "head";
  std::string target = {};
};

Releases one_line() {
  return {
      .revisions = {{.id = "1"}, {.id = "2", .down = {"1"}}, {.id = "3", .down = {"2"}}, {.id = "2h", .down = {"1"}}},
      .images = {{"v1", {"1"}}, {"v2", {"1", "2"}}, {"v3", {"1", "2", "3"}}, {"hotfix", {"1", "2h"}}}};
}

Releases two_branches() {
  return {.revisions = {{.id = "1"},
                        {.id = "a", .down = {"1"}},
                        {.id = "b", .down = {"1"}},
                        {.id = "m", .down = {"a", "b"}}},
          .images = {{"A", {"1", "a"}}, {"B", {"1", "b"}}, {"M", {"1", "a", "b", "m"}}}};
}

Releases dependent_lines() {
  return {.revisions = {{.id = "c1"},
                        {.id = "c2", .down = {"c1"}},
                        {.id = "a1", .depends_on = {"c2"}},
                        {.id = "c3", .down = {"c2"}}},
          .images = {{"P", {"c1", "c2", "a1"}}, {"Q", {"c1", "c2", "a1", "c3"}}}};
}

World::World(Releases releases, Kind kind) : releases_(std::move(releases)), kind_(kind) {
  for (const auto& [image, ids] : releases_.images) {
    std::vector<Revision> revisions;
    for (const std::string& id : ids) revisions.push_back(*std::ranges::find(releases_.revisions, id, &Revision::id));
    graphs_.emplace(image, RevisionGraph::make(std::move(revisions)).value());
  }
}

Revisions World::bit(const std::string& id) const {
  for (std::size_t at = 0; at < releases_.revisions.size(); ++at) {
    if (releases_.revisions[at].id == id) return static_cast<Revisions>(1U << at);
  }
  if (id == "0") return 0;
  throw std::runtime_error("no revision " + id);
}

Revisions World::files(const std::string& image) const {
  Revisions all = 0;
  for (const std::string& id : releases_.images.at(image)) all |= bit(id);
  return all;
}

/// These revisions and all that they rest on. A revision is listed after what it rests on.
Revisions World::below(Revisions of) const {
  for (std::size_t at = releases_.revisions.size(); at-- > 0;) {
    if ((of & (1U << at)) == 0) continue;
    for (const std::string& parent : releases_.revisions[at].down) of |= bit(parent);
    for (const std::string& parent : releases_.revisions[at].depends_on) of |= bit(parent);
  }
  return of;
}

/// What Alembic's table holds: what nothing else in the schema rests on.
std::vector<std::string> World::version_rows(Revisions schema) const {
  std::vector<std::string> rows;
  for (std::size_t at = 0; at < releases_.revisions.size(); ++at) {
    const Revisions own = static_cast<Revisions>(1U << at);
    if ((schema & own) != 0 && below(schema & ~own) != schema) rows.push_back(releases_.revisions[at].id);
  }
  return rows;
}

/// What a tool without a graph keeps: all that was applied.
std::string World::state(Revisions schema) const {
  std::string rows;
  for (const Revision& revision : releases_.revisions) {
    if ((schema & bit(revision.id)) != 0) rows += revision.id + "\n";
  }
  return rows;
}

/// Changes the schema as the run would; false when it fails.
bool World::migrate(Revisions& schema, const Run& run) const {
  const Revisions own = files(run.image);
  if (kind_ != Kind::lenient && (schema & ~own) != 0) return false;
  if (run.command == "head") {
    schema |= own;
  } else if (run.command == "up") {
    schema |= below(bit(run.target));
  } else {
    // Alembic refuses to downgrade to what is not below the state; others have nothing to do then.
    const Revisions kept = below(bit(run.target));
    if ((schema & kept) != kept) return kind_ != Kind::graph;
    schema &= kept;
  }
  return true;
}

bool World::reached(Revisions schema, const Run& run) const {
  if (run.command == "head") return (files(run.image) & ~schema) == 0;
  const Revisions goal = below(bit(run.target));
  return run.command == "up" ? (goal & ~schema) == 0 : (schema & ~goal) == 0 || (goal & ~schema) != 0;
}

Judgement World::judge(const Database& database, Revisions schema, const Run& run) const {
  if (kind_ == Kind::graph) {
    if (run.command != "head") return {};
    const std::vector<std::string> rows = version_rows(schema);
    std::optional<Ancestry> stored;
    for (const std::uint16_t id : database.records) {
      const Ancestry& one = records_[id].ancestry;
      if (records_[id].is_ancestry && one.application == run.application && one.state == state_of(rows)) stored = one;
    }
    return judge_graph(graphs_.at(run.image), rows, stored);
  }
  if (database.records != cached_for_) {
    cached_for_ = database.records;
    cached_.clear();
    for (const std::uint16_t id : database.records) cached_.push_back(records_[id].fact);
  }
  return judge_facts(cached_, {run.application, run.command + run.target, run.image}, state(schema));
}

/// One record of each fact, and one ancestry of each state.
void World::remember(Database& database, Record record) {
  const Fact& fact = record.fact;
  const Ancestry& ancestry = record.ancestry;
  std::string text = ancestry.application + "|" + ancestry.state;
  for (const std::uint16_t id : database.records) {
    const Ancestry& one = records_[id].ancestry;
    if (record.is_ancestry && one.application + "|" + one.state == text) return;
  }
  for (const std::string& id : ancestry.ancestors) text += "|" + id;
  text += "|" + fact.application + "|" + fact.command + "|" + fact.inputs + "|" + fact.found + "|" + fact.left;
  const auto [known, is_new] = ids_.emplace(text, static_cast<std::uint16_t>(records_.size()));
  if (is_new) records_.push_back(std::move(record));
  const auto at = std::ranges::lower_bound(database.records, known->second);
  if (at == database.records.end() || *at != known->second) database.records.insert(at, known->second);
}

Outcome World::start(Database& database, Revisions& schema, const Run& run) {
  Outcome outcome{.judgement = judge(database, schema, run)};
  outcome.ran = outcome.judgement.must_run();
  const Revisions found = schema;
  if (outcome.ran) outcome.failed = !migrate(schema, run);
  outcome.reached = reached(schema, run);
  if (outcome.failed) return outcome;
  if (kind_ != Kind::graph) {
    if (outcome.ran) {
      remember(database, {.is_ancestry = false,
                          .fact = {.application = run.application,
                                   .command = run.command + run.target,
                                   .inputs = run.image,
                                   .found = state(found),
                                   .left = state(schema),
                                   .migrator = ""},
                          .ancestry = {}});
    }
  } else if (run.command == "head") {
    const RevisionGraph& graph = graphs_.at(run.image);
    const std::vector<std::string> rows = version_rows(schema);
    const Judgement now = judge_graph(graph, rows);
    if (outcome.ran && now.verdict != Verdict::up_to_date) outcome.failed = true;
    if (now.verdict == Verdict::up_to_date && now.foreign.empty()) {
      remember(database, {.is_ancestry = true, .fact = {}, .ancestry = ancestry_of(graph, run.application, rows)});
    }
  }
  return outcome;
}

std::vector<std::string> World::events(const Past& past) const {
  std::vector<std::string> all;
  std::vector<std::string> targets{"0"};
  for (const Revision& revision : releases_.revisions) targets.push_back(revision.id);
  for (const auto& [image, ids] : releases_.images) {
    all.push_back(image);
    all.push_back("other " + image);
    all.push_back(image + " down 0");
    for (const std::string& id : ids) {
      all.push_back(image + " up " + id);
      all.push_back(image + " down " + id);
    }
  }
  for (const std::string& target : targets) {
    const Revisions kept = below(bit(target));
    if ((past.now.schema & kept) == kept && past.now.schema != kept) all.push_back("hand " + target);
  }
  for (std::size_t dump = 0; dump + 1 < past.dumps.size(); ++dump) {
    if (std::ranges::contains(past.dumps.begin(), past.dumps.begin() + static_cast<std::ptrdiff_t>(dump),
                              past.dumps[dump]))
      continue;
    all.push_back("whole " + std::to_string(dump));
    all.push_back("tables " + std::to_string(dump));
  }
  return all;
}

World::Past World::after(Past past, const std::string& event, Outcome* outcome) {
  std::istringstream words(event);
  std::string first;
  std::string second;
  std::string third;
  words >> first >> second >> third;
  Database& now = past.now;
  if (first == "hand") {
    now.schema &= below(bit(second));
  } else if (first == "whole") {
    now = past.dumps.at(std::stoul(second));
  } else if (first == "tables") {
    now.schema = past.dumps.at(std::stoul(second)).schema;
  } else if (first == "other") {
    start(now, now.other, {.application = "other", .image = second});
  } else {
    const Run run{.application = "ours", .image = first, .command = second.empty() ? "head" : second, .target = third};
    const Outcome came_to = start(now, now.schema, run);
    if (outcome != nullptr) *outcome = came_to;
  }
  past.dumps.push_back(now);
  return past;
}

Outcome World::look(const Database& database, const std::string& image) const {
  const Run run{.application = "ours", .image = image};
  Outcome outcome{.judgement = judge(database, database.schema, run)};
  outcome.ran = outcome.judgement.must_run();
  outcome.reached = reached(database.schema, run);
  return outcome;
}

}  // namespace pge::test
