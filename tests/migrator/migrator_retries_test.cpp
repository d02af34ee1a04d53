#include "migrator/migrator_retries.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace std::chrono_literals;
using pge::Error;
using pge::ExitCode;
using pge::MigratorRetries;

namespace {

constexpr MigratorRetries::Time start{1h};
const Error failed{.code = ExitCode::migration_failed, .message = "it failed"};
const Error refused{.code = ExitCode::unavailable, .message = "no connection left"};

}  // namespace

TEST_CASE("a migrator that fails is run again as often as was asked for") {
  MigratorRetries none(0, 15min);
  CHECK_FALSE(none.after(failed, start, 0.0));
  MigratorRetries two(2, 15min);
  const auto first = two.after(failed, start, 0.0);
  REQUIRE(first);
  CHECK(first->pause == 500ms);
  CHECK(first->fields.front().key == "try");
  CHECK(two.after(failed, start + 10h, 0.0)->pause == 1s);
  CHECK_FALSE(two.after(failed, start + 10h, 0.0));
}

TEST_CASE("one that the server had no connection for is run again for as long as others wait for the lock") {
  MigratorRetries none(0, 15min);
  for (auto after = 0s; after < 15min; after += 30s) CHECK(none.after(refused, start + after, 0.0));
  CHECK_FALSE(none.after(refused, start + 15min, 0.0));
  MigratorRetries for_ever(0, 0ms);
  CHECK(for_ever.after(refused, start, 0.0));
  CHECK(for_ever.after(refused, start + 1000h, 0.0));
}

TEST_CASE("its pauses grow to a bound, with jitter, and count none of the tries that were asked for") {
  MigratorRetries one(1, 15min);
  for (const auto pause : {500ms, 1000ms, 2000ms, 4000ms, 8000ms, 10000ms, 10000ms}) {
    CHECK(one.after(refused, start, 0.0)->pause == pause);
  }
  CHECK(one.after(refused, start, 0.9)->pause < 6s);
  CHECK(one.after(failed, start, 0.0));
  CHECK_FALSE(one.after(failed, start, 0.0));
}

TEST_CASE("after a run that had its connection the time counts anew") {
  MigratorRetries retries(1, 1min);
  CHECK(retries.after(refused, start, 0.0));
  CHECK(retries.after(failed, start + 50s, 0.0));
  CHECK(retries.after(refused, start + 70s, 0.0)->pause == 500ms);
  CHECK(retries.after(refused, start + 129s, 0.0));
  CHECK_FALSE(retries.after(refused, start + 130s, 0.0));
}
