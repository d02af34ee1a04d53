#include "migrations/blocks.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using pge::Blocks;

namespace {

/// "0 [1 2] 3": the statements of each step; blocks in brackets.
std::string steps_of(const Blocks& blocks, std::size_t statements) {
  std::string text;
  for (std::size_t i = 0; i < blocks.steps(statements); ++i) {
    const pge::Step step = blocks.step(i);
    std::string inside;
    for (std::size_t j = 0; j < step.size; ++j) {
      inside += (j == 0 ? "" : " ") + std::to_string(step.first + j);
      CHECK(blocks.contains(step.first + j) == step.block);
    }
    text += (i == 0 ? "" : " ") + (step.block ? "[" + inside + "]" : inside);
  }
  return text;
}

}  // namespace

TEST_CASE("without blocks every statement is a step") {
  CHECK(steps_of({}, 0).empty());
  CHECK(steps_of({}, 3) == "0 1 2");
}

TEST_CASE("a block is one step among single statements") {
  Blocks blocks;
  blocks.add(1, 2, {});
  CHECK(steps_of(blocks, 3) == "0 [1 2]");
  CHECK(steps_of(blocks, 5) == "0 [1 2] 3 4");
  blocks.add(3, 1, {.isolation = pge::Isolation::serializable, .leading = 1});
  blocks.add(6, 0, {});
  CHECK(steps_of(blocks, 8) == "0 [1 2] [3] 4 5 [] 6 7");
  CHECK(blocks.step(2).shape.isolation == pge::Isolation::serializable);
  CHECK(blocks.step(2).shape.leading == 1);
  CHECK_FALSE(blocks.step(1).shape.isolation.has_value());
  CHECK_FALSE(blocks.step(3).shape.isolation.has_value());
}

TEST_CASE("a block may come first, and be everything") {
  Blocks blocks;
  blocks.add(0, 2, {});
  CHECK(steps_of(blocks, 2) == "[0 1]");
  CHECK(steps_of(blocks, 3) == "[0 1] 2");
}
