#include <catch2/catch_test_macros.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "migrator/migrator_world.hpp"

namespace {

using pge::test::Kind;
using pge::test::World;

/// What decides how a sequence can go on.
std::string key_of(const World::Past& past) {
  std::set<std::string> dumps;
  const auto text = [](const pge::test::Database& database) {
    std::string key{static_cast<char>(database.schema), static_cast<char>(database.other)};
    for (const std::uint16_t id : database.records) {
      key += static_cast<char>(id & 0xFF);
      key += static_cast<char>(id >> 8);
    }
    return key;
  };
  for (const pge::test::Database& dump : past.dumps) dumps.insert(text(dump));
  std::string key = text(past.now);
  for (const std::string& dump : dumps) key += "|" + dump;
  return key;
}

/// Every sequence of up to `depth` events, where those that have come to the same are gone on with once.
class Search {
 public:
  explicit Search(World world) : world_(std::move(world)) {}

  void run(int depth) {
    std::vector<std::pair<World::Past, std::string>> todo{{{}, ""}};
    std::set<std::string> seen;
    look({}, "");
    for (int length = 1; length <= depth; ++length) {
      std::vector<std::pair<World::Past, std::string>> next;
      for (const auto& [past, story] : todo) {
        for (const std::string& event : world_.events(past)) {
          ++sequences;
          pge::test::Outcome outcome;
          World::Past after = world_.after(past, event, &outcome);
          const std::string told = story + event + "; ";
          judge(outcome, told);
          if (!outcome.failed && world_.releases().images.contains(event)) start_again(after, event, told);
          look(after.now, told);
          if (length < depth && seen.insert(key_of(after)).second) next.emplace_back(std::move(after), told);
        }
      }
      todo = std::move(next);
    }
  }

  std::size_t sequences = 0;
  std::size_t skipped = 0;
  std::vector<std::string> wrong;

 private:
  /// Whoever is told that nothing is to be done has what they want.
  void judge(const pge::test::Outcome& outcome, const std::string& story) {
    if (outcome.judgement.must_run()) return;
    ++skipped;
    if (!outcome.reached) wrong.push_back(story + "told " + std::string(name_of(outcome.judgement.verdict)));
  }

  /// Each image on this database: only what a judgement depends on counts, so each database is looked at once.
  void look(const pge::test::Database& database, const std::string& story) {
    if (!looked_at_.insert(key_of({.now = database, .dumps = {}})).second) return;
    for (const auto& [image, files] : world_.releases().images)
      judge(world_.look(database, image), story + image + "? ");
  }

  /// After a start that went well the same image has nothing to do, and still has nothing to do after each start of
  /// another image that went well.
  void start_again(const World::Past& past, const std::string& image, const std::string& story) {
    if (!started_.insert(image + key_of({.now = past.now, .dumps = {}})).second) return;
    const pge::Verdict again = world_.look(past.now, image).judgement.verdict;
    if (world_.look(past.now, image).judgement.must_run()) {
      wrong.push_back(story + image + "? told " + std::string(name_of(again)) + " after its own start");
    }
    for (const auto& [other, files] : world_.releases().images) {
      pge::test::Outcome outcome;
      const World::Past after = world_.after(past, other, &outcome);
      if (outcome.failed) continue;
      const pge::Verdict back = world_.look(after.now, image).judgement.verdict;
      if (back != pge::Verdict::up_to_date && back != pge::Verdict::ahead) {
        wrong.push_back(story + other + "; " + image + "? told " + std::string(name_of(back)) + " when rolled back");
      }
    }
  }

  World world_;
  std::set<std::string> looked_at_;
  std::set<std::string> started_;
};

void search(pge::test::Releases releases, Kind kind) {
  Search search(World(std::move(releases), kind));
  search.run(4);
  for (std::size_t at = 0; at < std::min<std::size_t>(search.wrong.size(), 5); ++at) UNSCOPED_INFO(search.wrong[at]);
  CHECK(search.wrong.empty());
  // The search would also be content with a judge that always says "run".
  CHECK(search.sequences > 10'000);
  CHECK(search.skipped > 300);
}

}  // namespace

TEST_CASE("with a graph, no sequence of four events ends in a wrong answer") {
  search(pge::test::one_line(), Kind::graph);
}

TEST_CASE("with two branches, no sequence of four events ends in a wrong answer") {
  search(pge::test::two_branches(), Kind::graph);
}

TEST_CASE("with lines that depend on each other, no sequence of four events ends in a wrong answer") {
  search(pge::test::dependent_lines(), Kind::graph);
}

TEST_CASE("without a graph, no sequence of four events ends in a wrong answer") {
  search(pge::test::one_line(), Kind::strict);
}

TEST_CASE("with a tool that ignores what it does not know, no sequence of four events ends in a wrong answer") {
  search(pge::test::one_line(), Kind::lenient);
}
