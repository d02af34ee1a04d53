#include <catch2/catch_test_macros.hpp>
#include <ranges>
#include <string>
#include <vector>

#include "migrator/migrator_world.hpp"

namespace {

using pge::test::Kind;
using pge::test::World;

/// What an image gets as the next one after a sequence: by `run`, and the exit codes of `migrate`, `run
/// --migrate=check` and `check`.
struct Answers {
  std::string run;
  int migrate;
  int run_check;
  int check;

  bool operator==(const Answers&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Answers& answers) {
  return out << "run: " << answers.run << ", migrate: " << answers.migrate << ", --migrate=check: " << answers.run_check
             << ", check: " << answers.check;
}

const Answers current{.run = "starts", .migrate = 0, .run_check = 0, .check = 0};
const Answers ahead{.run = "starts, ahead", .migrate = 0, .run_check = 0, .check = 0};
const Answers runs{.run = "migrates, starts", .migrate = 0, .run_check = 75, .check = 3};
const Answers fails{.run = "migrator fails", .migrate = 76, .run_check = 75, .check = 3};

Answers answers_after(World world, const std::string& sequence, const std::string& image) {
  World::Past past;
  for (const auto& event : std::views::split(sequence, std::string(", "))) {
    if (!event.empty()) past = world.after(past, std::string(event.begin(), event.end()));
  }
  pge::test::Outcome start;
  world.after(past, image, &start);
  const pge::Judgement looked = world.look(past.now, image).judgement;
  Answers answers{.run = start.failed ? "migrator fails"
                         : start.ran  ? "migrates, starts"
                                      : "starts",
                  .migrate = start.failed ? 76 : 0,
                  .run_check = looked.must_run() ? 75 : 0,
                  .check = looked.must_run() ? 3 : 0};
  if (start.judgement.verdict == pge::Verdict::ahead) answers.run += ", ahead";
  CHECK(looked.verdict == start.judgement.verdict);
  return answers;
}

struct Row {
  std::string sequence;
  std::string image;
  Answers graph;
  Answers strict;
  Answers lenient;
};

const std::vector<Row> one_line{
    {"", "v1", runs, runs, runs},
    {"v1", "v1", current, current, current},
    {"v1", "v2", runs, runs, runs},
    {"v1, v2", "v2", current, current, current},
    // Rolled back.
    {"v1, v2", "v1", ahead, ahead, ahead},
    {"v1, v2, v3", "v1", ahead, ahead, ahead},
    {"v1, v2, v3", "v2", ahead, ahead, ahead},
    {"v1, v3", "v1", ahead, ahead, ahead},
    {"v1, v2, v1", "v2", current, current, current},
    {"v1, v2, v3, v2", "v1", ahead, ahead, ahead},
    // Rolled back to an image that was never here.
    {"v3", "v1", ahead, fails, runs},
    {"v3", "v2", ahead, fails, runs},
    // Taken back by hand.
    {"v1, hand 0", "v1", runs, runs, runs},
    {"v2, hand 1, v1", "v2", runs, runs, runs},
    {"v2, hand 1, v1, v2", "v1", ahead, ahead, ahead},
    {"v1, v2, hand 1", "v1", current, current, current},
    {"v1, v2, hand 1", "v2", runs, runs, runs},
    {"v1, v2, hand 0", "v1", runs, runs, runs},
    {"v3, hand 2", "v1", fails, fails, runs},
    {"v3, hand 2", "v3", runs, runs, runs},
    {"v2, v3, hand 2", "v1", ahead, fails, runs},
    {"v1, v2, v3, hand 2", "v1", ahead, ahead, ahead},
    {"v1, v3, hand 2", "v1", fails, fails, runs},
    {"v1, v3, hand 2, v2", "v1", ahead, fails, runs},
    {"v1, v2, v3, hand 1", "v3", runs, runs, runs},
    // Taken back by a job.
    {"v1, v2 down 0", "v1", runs, runs, runs},
    {"v1, v2 down 0, v1", "v1", current, current, current},
    {"v2, v2 down 1", "v2", runs, runs, runs},
    {"v2, v2 down 1", "v1", current, runs, runs},
    {"v1, v2, v2 down 1, v2", "v1", ahead, ahead, ahead},
    {"v2, v3 down 0", "v2", runs, runs, runs},
    {"v2, v1 down 0", "v2", current, current, runs},
    {"v3 down 0", "v1", runs, runs, runs},
    // Brought up by a job.
    {"v3 up 2", "v2", current, runs, runs},
    {"v1, v3 up 2", "v1", fails, fails, runs},
    {"v1, v3 up 2, v2", "v1", ahead, fails, runs},
    {"v1, v3 up 2", "v3", runs, runs, runs},
    {"v2 up 1, v1", "v2", runs, runs, runs},
    {"v2 up 2, v2 up 2", "v2", current, runs, runs},
    // A divergent image.
    {"v2", "hotfix", fails, fails, runs},
    {"hotfix", "v2", fails, fails, runs},
    {"v1, v2", "hotfix", fails, fails, runs},
    {"v1, hotfix", "v1", ahead, ahead, ahead},
    {"v1, hotfix, v2", "v1", ahead, ahead, ahead},
    {"v2, hand 1", "hotfix", runs, runs, runs},
    {"hotfix, hand 1", "v2", runs, runs, runs},
    {"v1, hotfix, hand 1, v2", "hotfix", fails, fails, runs},
    // Another application with the same names.
    {"other v2", "v1", runs, runs, runs},
    {"other v2", "v2", runs, runs, runs},
    {"v1, other v2", "v1", current, current, current},
    {"other v1, other v2, v1", "v2", runs, runs, runs},
    {"other v1, other v2, v2, hand 1", "v1", current, runs, runs},
    {"other v1, other v3, v2", "v1", ahead, fails, runs},
    // A dump restored: all of it, or without our tables.
    {"v1, v2, whole 1", "v1", current, current, current},
    {"v1, v2, whole 1", "v2", runs, runs, runs},
    {"v1, v2, tables 1", "v1", current, current, current},
    {"v1, v2, tables 1", "v2", runs, runs, runs},
    {"v1, v2, tables 0", "v1", runs, runs, runs},
    {"v2, whole 0", "v2", runs, runs, runs},
    {"v1, v2, whole 1, v2", "v1", ahead, ahead, ahead},
    {"v1, v2, hand 1, whole 2", "v1", ahead, ahead, ahead},
    {"v1, v2, hand 1, tables 2", "v1", ahead, ahead, ahead},
};

struct GraphRow {
  std::string sequence;
  std::string image;
  Answers graph;
};

const std::vector<GraphRow> branches{
    {"A", "A", current},         {"A", "B", fails},           {"A, B", "B", fails},        {"A, M", "A", ahead},
    {"A, M", "B", ahead},        {"M, hand a", "A", current}, {"M, hand a", "B", fails},   {"A, M, hand a", "B", fails},
    {"B, M, hand 1", "B", runs}, {"A, M up b", "A", current}, {"A, M up b", "B", current}, {"A, M up b", "M", runs},
};

const std::vector<GraphRow> dependent{
    {"P", "P", current},          {"P up c2", "P", runs},       {"P up a1", "P", current},
    {"P, Q", "P", current},       {"P, Q", "Q", current},       {"P, Q, hand a1", "P", current},
    {"P, Q, hand a1", "Q", runs}, {"P, Q, hand c2", "P", runs}, {"Q up c3", "P", fails},
};

}  // namespace

TEST_CASE("what run, migrate, --migrate=check and check answer after a sequence") {
  for (const Row& row : one_line) {
    INFO((row.sequence.empty() ? "nothing" : row.sequence) << ", then " << row.image);
    CHECK(answers_after(World(pge::test::one_line(), Kind::graph), row.sequence, row.image) == row.graph);
    CHECK(answers_after(World(pge::test::one_line(), Kind::strict), row.sequence, row.image) == row.strict);
    CHECK(answers_after(World(pge::test::one_line(), Kind::lenient), row.sequence, row.image) == row.lenient);
  }
}

TEST_CASE("what they answer with two branches") {
  for (const GraphRow& row : branches) {
    INFO(row.sequence << ", then " << row.image);
    CHECK(answers_after(World(pge::test::two_branches(), Kind::graph), row.sequence, row.image) == row.graph);
  }
}

TEST_CASE("what they answer with lines that depend on each other") {
  for (const GraphRow& row : dependent) {
    INFO(row.sequence << ", then " << row.image);
    CHECK(answers_after(World(pge::test::dependent_lines(), Kind::graph), row.sequence, row.image) == row.graph);
  }
}
