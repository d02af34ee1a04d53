#include "core/repeat.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace std::chrono_literals;

TEST_CASE("what is new is told at once, and the rest at an interval") {
  pge::TellEvery tell(10s);
  const pge::TellEvery::Time start{1h};
  CHECK(tell.due(start, "refused"));
  CHECK_FALSE(tell.due(start + 9s, "refused"));
  CHECK(tell.due(start + 9s, "starting up"));
  CHECK_FALSE(tell.due(start + 10s, "refused"));  // the interval counts from what was told last
  CHECK_FALSE(tell.due(start + 18s, "starting up"));
  CHECK(tell.due(start + 19s, "refused"));
  CHECK_FALSE(tell.due(start + 20s, "starting up"));
}

TEST_CASE("a new wait tells all anew") {
  pge::TellEvery tell(10s);
  const pge::TellEvery::Time start{1h};
  CHECK(tell.due(start));
  CHECK_FALSE(tell.due(start + 1s));
  tell.reset();
  CHECK(tell.due(start + 1s));
}
