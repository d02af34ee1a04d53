#include "core/signal_name.hpp"

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <utility>
#include <vector>

TEST_CASE("a stop signal is named as in a Dockerfile") {
  const std::vector<std::pair<std::string_view, int>> rows{
      {"SIGTERM", SIGTERM}, {"TERM", SIGTERM},      {"SIGUSR1", SIGUSR1},
      {"usr2", SIGUSR2},    {"SigWinch", SIGWINCH}, {"28", SIGWINCH},
      {"SIGRTMIN+3", 37},   {"RTMIN", SIGRTMIN},    {"RTMAX-1", SIGRTMAX - 1},
      {"rtmax", SIGRTMAX},  {"RTMIN+30", SIGRTMAX}, {"37", 37},
      {"64", 64},           {"ALRM", SIGALRM},      {"SIGPWR", SIGPWR},
      {"1", SIGHUP},
  };
  for (const auto& [name, number] : rows) {
    INFO(name);
    CHECK(pge::parse_stop_signal(name) == number);
  }
}

TEST_CASE("what is no signal, or cannot ask for a stop, is refused with its name") {
  for (const std::string_view name :
       {"",        "SIG",        "SIGNOPE",  "0",      "-1",      "65",       "32",     "33",   "1000000000000",
        "15x",     "SIGRTMIN-1", "RTMIN+31", "RTMIN+", "RTMAX+1", "RTMAX-40", "RTMINX", "KILL", "9",
        "SIGSTOP", "CHLD",       "SIGPIPE",  "SEGV",   "ABRT",    "CONT",     "TTOU"}) {
    INFO(name);
    const auto refused = pge::parse_stop_signal(name);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().contains(name));
  }
}
