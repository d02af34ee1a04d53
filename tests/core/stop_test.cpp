#include "core/stop.hpp"

#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

using namespace std::chrono_literals;

namespace {

/// The stop signals blocked for the time of a test, as PID 1 has them.
class BlockedStops {
 public:
  BlockedStops() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : pge::usual_stops) sigaddset(&set, number);
    sigprocmask(SIG_BLOCK, &set, &previous_);
  }
  ~BlockedStops() { sigprocmask(SIG_SETMASK, &previous_, nullptr); }
  BlockedStops(const BlockedStops&) = delete;
  BlockedStops& operator=(const BlockedStops&) = delete;

 private:
  sigset_t previous_{};
};

}  // namespace

TEST_CASE("a stop ends a sleep, and the first signal is remembered") {
  const BlockedStops blocked;
  pge::StopToken stop;
  CHECK(stop.requested() == 0);
  CHECK(stop.sleep(5ms) == pge::Woke::timeout);
  kill(getpid(), SIGINT);
  CHECK(stop.sleep(10s) == pge::Woke::stopped);
  kill(getpid(), SIGTERM);
  CHECK(stop.count() == 2);
  CHECK(stop.requested() == SIGINT);
}

TEST_CASE("a signal that was added is a stop like the others, and only where it was added") {
  const BlockedStops blocked;
  sigset_t user;
  sigemptyset(&user);
  sigaddset(&user, SIGUSR1);
  sigprocmask(SIG_BLOCK, &user, nullptr);
  pge::StopSignals signals;
  CHECK_FALSE(signals.contain(SIGUSR1));
  signals.add(SIGUSR1);
  pge::StopToken with(signals), without;
  kill(getpid(), SIGUSR1);
  CHECK(without.sleep(5ms) == pge::Woke::timeout);
  CHECK(with.sleep(10s) == pge::Woke::stopped);
  CHECK(with.requested() == SIGUSR1);
  CHECK(pge::stop_to_pass_on(SIGUSR1) == SIGTERM);
  CHECK(pge::stop_to_pass_on(SIGQUIT) == SIGQUIT);
}

TEST_CASE("a wait for clean-up ends at the second stop only") {
  const BlockedStops blocked;
  pge::StopToken stop;
  kill(getpid(), SIGTERM);
  const int seen = stop.count();
  CHECK(seen == 1);
  CHECK(stop.wait(-1, 0, pge::Clock::now() + 5ms, seen) == pge::Woke::timeout);
  kill(getpid(), SIGTERM);
  CHECK(stop.wait(-1, 0, pge::Clock::now() + 10s, seen) == pge::Woke::stopped);
}

TEST_CASE("a ready descriptor ends a wait") {
  const BlockedStops blocked;
  pge::StopToken stop;
  int pipe_ends[2];
  REQUIRE(pipe(pipe_ends) == 0);
  REQUIRE(write(pipe_ends[1], "x", 1) == 1);
  CHECK(stop.wait(pipe_ends[0], 0x001 /* POLLIN */, std::nullopt) == pge::Woke::ready);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}
