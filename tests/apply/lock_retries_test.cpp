#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "apply/turn.hpp"

using namespace std::chrono_literals;

namespace {

std::vector<pge::milliseconds> tries(unsigned retries, pge::milliseconds longest) {
  const pge::LockRetries policy{.count = retries, .lock_timeout = longest};
  std::vector<pge::milliseconds> all;
  all.reserve(retries + 1);
  for (unsigned number = 0; number <= retries; ++number) all.push_back(policy.timeout_of_try(number, longest));
  return all;
}

}  // namespace

TEST_CASE("tries begin short and grow, and the last one has the whole lock time-out") {
  using Tries = std::vector<pge::milliseconds>;
  CHECK(tries(6, 5s) == Tries{500ms, 1s, 2s, 4s, 5s, 5s, 5s});
  CHECK(tries(2, 5s) == Tries{1250ms, 2500ms, 5s});
  CHECK(tries(0, 5s) == Tries{5s});
  CHECK(tries(2, 100ms) == Tries{100ms, 100ms, 100ms});
  CHECK(tries(2, 0ms) == Tries{0ms, 0ms, 0ms});
  CHECK(tries(1000, 10min).back() == 10min);
}
