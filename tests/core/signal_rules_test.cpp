#include "core/signal_rules.hpp"

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <utility>
#include <vector>

TEST_CASE("a rule says what is passed on instead of a signal") {
  struct Row {
    std::string_view rule;
    int from;
    int to;
  };
  for (const auto& [rule, from, to] : std::vector<Row>{{"TERM=QUIT", SIGTERM, SIGQUIT},
                                                       {"SIGTERM=SIGINT", SIGTERM, SIGINT},
                                                       {"hup=usr1", SIGHUP, SIGUSR1},
                                                       {"15=3", SIGTERM, SIGQUIT},
                                                       {"RTMIN+3=TERM", SIGRTMIN + 3, SIGTERM},
                                                       {"TERM=RTMAX", SIGTERM, SIGRTMAX},
                                                       {"WINCH=KILL", SIGWINCH, SIGKILL},
                                                       {"TSTP=STOP", SIGTSTP, SIGSTOP},
                                                       {"HUP=drop", SIGHUP, 0},
                                                       {"USR2=DROP", SIGUSR2, 0},
                                                       {"TERM=TERM", SIGTERM, SIGTERM}}) {
    INFO(rule);
    pge::SignalRules rules;
    REQUIRE(rules.empty());
    REQUIRE(pge::add_signal_rule(rules, rule));
    CHECK_FALSE(rules.empty());
    for (int number = 1; number <= SIGRTMAX; ++number)
      CHECK(rules.instead_of(number) == (number == from ? to : number));
  }
}

TEST_CASE("rules are not chained, and of two for one signal the last counts") {
  pge::SignalRules rules;
  for (const char* const rule : {"TERM=QUIT", "QUIT=TERM", "HUP=drop", "HUP=USR1"}) {
    REQUIRE(pge::add_signal_rule(rules, rule));
  }
  CHECK(rules.instead_of(SIGTERM) == SIGQUIT);
  CHECK(rules.instead_of(SIGQUIT) == SIGTERM);
  CHECK(rules.instead_of(SIGHUP) == SIGUSR1);
}

TEST_CASE("what is no rule is refused in words, and changes nothing") {
  for (const std::string_view rule :
       {"", "TERM", "=", "TERM=", "=QUIT", "TERM=NOPE", "NOPE=TERM", "TERM:QUIT", "TERM=QUIT=INT", "TERM=0", "0=TERM",
        "KILL=TERM", "STOP=TERM", "CHLD=drop", "SEGV=drop", "SYS=TERM", "TERM=dropped", "TERM=65", "33=TERM"}) {
    INFO(rule);
    pge::SignalRules rules;
    const auto added = pge::add_signal_rule(rules, rule);
    REQUIRE_FALSE(added);
    CHECK(added.error().starts_with("'"));
    CHECK(rules.empty());
  }
}
