#include "core/duration.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace std::chrono_literals;

TEST_CASE("durations are read with their unit") {
  struct Row {
    const char* text;
    std::chrono::milliseconds expected;
  };
  for (const Row& row : {Row{"0", 0ms},
                         {"5", 5s},
                         {"500ms", 500ms},
                         {"5s", 5s},
                         {"15m", 15min},
                         {"15min", 15min},
                         {"2h", 2h},
                         {"1d", 24h},
                         {"250us", 1ms},
                         {"2147483647ms", 2147483647ms}}) {
    INFO(row.text);
    CHECK(pge::parse_duration(row.text, 1s) == row.expected);
  }
  CHECK(pge::parse_duration("5", 1ms) == 5ms);
}

TEST_CASE("what is not a duration is refused") {
  for (const char* text :
       {"", "-1", "-1s", "1.5s", "five", "5 s", "5x", "25d", "2147483648ms", "99999999999999999999", "s"}) {
    INFO(text);
    CHECK_FALSE(pge::parse_duration(text, 1s).has_value());
  }
}

TEST_CASE("a duration is written as it can be read back") {
  for (const auto duration : {0ms, 1ms, 1500ms, 1000ms, 60'000ms, 900'000ms, 3'600'000ms, 3'601'000ms}) {
    CHECK(pge::parse_duration(pge::format_duration(duration), 1s) == duration);
  }
  CHECK(pge::format_duration(15min) == "15m");
}
