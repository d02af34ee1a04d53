#include "core/long_wait.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace std::chrono_literals;
using pge::LongWait;

namespace {

constexpr LongWait::Time start{1h};

LongWait waiter(std::chrono::milliseconds timeout = 0ms) {
  return LongWait({.timeout = timeout,
                   .backoff = {.initial = 50ms, .maximum = 500ms},
                   .tries = 4,
                   .absence = {.initial = 500ms, .maximum = 5s}});
}

/// Who has made its tries in the first session.
LongWait one_that_has_left() {
  LongWait wait = waiter();
  while (!wait.rest(start, 0).without_session) {
  }
  return wait;
}

}  // namespace

TEST_CASE("the first tries are made in one session, and then it is given up") {
  LongWait wait = waiter();
  for (const auto pause : {50ms, 100ms, 200ms}) {
    const auto rest = wait.rest(start, 0.0);
    CHECK(rest.length == pause);
    CHECK_FALSE(rest.without_session);
    CHECK_FALSE(wait.has_left());
  }
  const auto rest = wait.rest(start, 0.0);
  CHECK(rest.length == 500ms);
  CHECK(rest.without_session);
  CHECK(wait.has_left());
  CHECK(wait.last_rest() == 500ms);
}

TEST_CASE("who has left makes one try in each session, and is away for a bounded time") {
  LongWait wait = one_that_has_left();
  for (const auto pause : {1s, 2s, 4s, 5s, 5s}) {
    const auto rest = wait.rest(start, 0.0);
    CHECK(rest.length == pause);
    CHECK(rest.without_session);
  }
  for (int i = 0; i < 1000; ++i) CHECK(wait.rest(start + i * 1s, 0.0).length <= 5s);
}

TEST_CASE("pauses are drawn from a half of the longest to all of it, so 200 that wait make about 53 looks a second") {
  LongWait wait = one_that_has_left();
  for (int i = 0; i < 10; ++i) (void)wait.rest(start, 0.0);
  pge::Jitter jitter(42);
  std::chrono::milliseconds all{0};
  for (int i = 0; i < 1000; ++i) {
    const auto pause = wait.rest(start, jitter()).length;
    CHECK(pause >= 2500ms);
    all += pause;
  }
  CHECK(all / 1000 > 3600ms);
  CHECK(all / 1000 < 3900ms);
}

TEST_CASE("a session that has to be kept is kept") {
  LongWait wait({.timeout = 0ms});
  for (int i = 0; i < 100; ++i) CHECK_FALSE(wait.rest(start, 0.0).without_session);
  CHECK_FALSE(wait.has_left());
}

TEST_CASE("the time-out counts over all sessions, and the last look comes at its end") {
  LongWait wait = waiter(3s);
  CHECK_FALSE(wait.is_over(start));
  while (!wait.rest(start, 0.0).without_session) {
  }
  CHECK(wait.rest(start + 600ms, 0.0).length == 1s);
  CHECK(wait.rest(start + 1600ms, 0.0).length == 1400ms);  // 2 s would be too late
  CHECK_FALSE(wait.is_over(start + 2999ms));
  CHECK(wait.is_over(start + 3s));
  CHECK(wait.waited(start + 3s) == 3s);
  LongWait for_ever = waiter();
  CHECK_FALSE(for_ever.is_over(start));
  CHECK_FALSE(for_ever.is_over(start + 1000h));
}

TEST_CASE("after a lock that was ours a wait starts anew") {
  LongWait wait = one_that_has_left();
  CHECK(wait.tells(start, ""));
  CHECK_FALSE(wait.tells(start + 1s, ""));
  wait.reset();
  CHECK_FALSE(wait.has_left());
  CHECK(wait.tells(start + 1s, ""));
  CHECK(wait.waited(start + 1h) == 0ms);
  CHECK_FALSE(wait.rest(start + 1h, 0.0).without_session);
}
