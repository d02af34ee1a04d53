#include "core/backoff.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace std::chrono_literals;

TEST_CASE("pauses grow to the maximum and stay there") {
  const pge::Backoff backoff{.initial = 100ms, .maximum = 2000ms};
  CHECK(backoff.pause(0, 0.0) == 100ms);
  CHECK(backoff.pause(1, 0.0) == 200ms);
  CHECK(backoff.pause(4, 0.0) == 1600ms);
  CHECK(backoff.pause(5, 0.0) == 2000ms);
  CHECK(backoff.pause(4'000'000'000U, 0.0) == 2000ms);
}

TEST_CASE("jitter shortens a pause by at most its share") {
  const pge::Backoff backoff{.initial = 100ms, .maximum = 100ms, .jitter = 0.5};
  pge::Jitter jitter(42);
  for (int i = 0; i < 1000; ++i) {
    const auto pause = backoff.pause(0, jitter());
    CHECK(pause >= 50ms);
    CHECK(pause <= 100ms);
  }
}

TEST_CASE("two replicas do not draw the same pauses") {
  pge::Jitter first;
  pge::Jitter second;
  int same = 0;
  for (int i = 0; i < 20; ++i) same += first() == second() ? 1 : 0;
  CHECK(same < 20);
}
