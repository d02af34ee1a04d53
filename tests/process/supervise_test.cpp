#include <catch2/catch_test_macros.hpp>
#include <csignal>

#include "core/stop.hpp"
#include "harness.hpp"

using namespace pge::test;

namespace {

constexpr std::uint64_t bit(int number) {
  return std::uint64_t{1} << (number - 1);
}
const Setup init{.as_init = true};

}  // namespace

TEST_CASE("PID 1 leaves with every exit code of its child") {
  for (int code = 0; code < 256; ++code) {
    const Ended ended = run(driver({}, "exit_with", {std::to_string(code)}), init);
    INFO(ended.output);
    REQUIRE(ended.status == code);
  }
}

TEST_CASE("a death by signal is 128+n") {
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGABRT, SIGFPE, SIGKILL, SIGSEGV, SIGPIPE, SIGTERM,
                           SIGUSR1, SIGSYS, SIGRTMIN + 1}) {
    REQUIRE(run(driver({}, "die_by", {std::to_string(number)}), init).status == 128 + number);
  }
}

TEST_CASE("every signal that can be forwarded arrives, real-time ones included") {
  for (const bool as_init : {true, false}) {
    const Ended ended = run(driver({}, "every_signal"), {.as_init = as_init});
    INFO(ended.output);
    REQUIRE(ended.status == 0);
    REQUIRE(ended.output == "tried 52\n");
  }
}

TEST_CASE("signals from outside the namespace arrive, and our own SIGPIPE does not") {
  Process process(driver({"--own-sigpipe"}, "echo_signals", {std::to_string(SIGTERM)}));
  REQUIRE(process.wait_for("ready"));
  for (const int number : {SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGTERM}) {
    kill(process.pid(), number);
    REQUIRE(process.wait_for("\n" + std::to_string(number) + "\n"));
  }
  const Ended ended = process.finish();
  REQUIRE(ended.status == 0);
  REQUIRE_FALSE(ended.output.contains("\n13\n"));
}

TEST_CASE("a thousand orphans are reaped and their status is never the child's") {
  REQUIRE(run(driver({}, "leave_orphans", {"1000", "5"}), init).status == 5);
  REQUIRE(run(driver({}, "leave_orphans", {"100", "6"})).status == 6);  // as a subreaper
}

TEST_CASE("a stop that comes while static initialisers run is not lost") {
  const Setup as_child{};
  REQUIRE(run({child_program("early_signal")}, init).status == SIGTERM);
  REQUIRE(run({child_program("early_signal")}, as_child).status == SIGTERM);
  REQUIRE(run({child_program("late_signal")}, init).status == 0);  // what the kernel does without the early block
  REQUIRE(run({child_program("late_signal")}, as_child).status == 128 + SIGTERM);
}

TEST_CASE("a stopped child has not exited") {
  REQUIRE(run(driver({}, "stop_self", {"9"}), init).status == 9);
}

TEST_CASE("no SIGCHLD is lost in 500 quick spawns") {
  const Ended ended = run(driver({"--spawns", "500"}, "exit_with", {"0"}), init);
  INFO(ended.output);
  REQUIRE(ended.status == 0);
}

TEST_CASE("an inherited SIGCHLD=SIG_IGN does not hang it") {
  REQUIRE(run(driver({}, "exit_with", {"4"}), {.ignored = bit(SIGCHLD)}).status == 4);
}

TEST_CASE("what is left when the child has ended is asked to end, and then killed") {
  for (const bool as_init : {true, false}) {
    const Setup setup{.as_init = as_init};
    const auto began = pge::Clock::now();
    const Ended polite = run(driver({"--grace", "30000"}, "leave_running", {"polite", "3"}), setup);
    REQUIRE(polite.status == 3);
    REQUIRE(polite.output.contains("bye"));
    const Ended stopped = run(driver({"--grace", "30000"}, "leave_running", {"stopped", "3"}), setup);
    REQUIRE(stopped.status == 3);
    REQUIRE(stopped.output.contains("bye"));
    REQUIRE(pge::Clock::now() - began < pge::seconds(20));
    const auto deaf_began = pge::Clock::now();
    REQUIRE(run(driver({"--grace", "300"}, "leave_running", {"deaf", "3"}), setup).status == 3);
    REQUIRE(pge::Clock::now() - deaf_began >= pge::milliseconds(300));
    REQUIRE(pge::Clock::now() - deaf_began < pge::seconds(20));
  }
}

TEST_CASE("not as PID 1, a deaf descendant is found and killed") {
  const Ended ended = run(driver({"--grace", "100"}, "leave_running", {"deaf", "0"}));
  REQUIRE(ended.output.starts_with("deaf "));
  const pid_t pid = std::stoi(ended.output.substr(5));
  REQUIRE(kill(pid, 0) == -1);
}

TEST_CASE("what had to be killed is counted and named, also when it has left its session") {
  for (const bool as_init : {true, false}) {
    const Setup setup{.as_init = as_init};
    const Ended one = run(driver({"--grace", "100"}, "leave_running", {"escaped", "0"}), setup);
    INFO(one.output);
    // Its parent, which has no handler, ends at SIGTERM.
    REQUIRE(one.output.contains("\nkilled 1: "));
    REQUIRE(one.output.ends_with(" leave_running\n"));
    const Ended many = run(driver({"--grace", "300"}, "/bin/sh",
                                  {"-c", "trap '' TERM; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 30 & done"}),
                           setup);
    INFO(many.output);
    REQUIRE(many.output.contains("killed 12: "));
    REQUIRE(many.output.ends_with(" sleep, …\n"));
    REQUIRE_FALSE(run(driver({"--grace", "30000"}, "leave_running", {"polite", "3"}), setup).output.contains("killed"));
  }
}

TEST_CASE("a stop between the stages never starts the application") {
  for (const int number : pge::usual_stops) {
    const Ended ended = run(driver({"--signal-self", std::to_string(number)}, "report"), init);
    REQUIRE(ended.status == 128 + number);
    REQUIRE(ended.output.empty());
  }
}

TEST_CASE("a stage: its status, an exception, one stop, two stops, SIGKILL at last") {
  SECTION("status 0 goes on to the application") {
    REQUIRE(run(driver({"--stage", "0"}, "exit_with", {"8"}), init).status == 8);
  }
  SECTION("another status is ours") {
    REQUIRE(run(driver({"--stage", "66"}, "exit_with", {"8"}), init).status == 66);
  }
  SECTION("an exception is one line and 70") {
    const Ended ended = run(driver({"--stage", "throw"}, "exit_with", {"8"}), init);
    REQUIRE(ended.status == 70);
    REQUIRE(ended.output.ends_with("internal error: out of tea\n"));
  }
  SECTION("a stop reaches the stage by its token") {
    Process process(driver({"--stage", "sleep"}, "exit_with", {"8"}));
    REQUIRE(process.wait_for("stage ready"));
    kill(process.pid(), SIGUSR1);  // not for a stage
    kill(process.pid(), SIGTERM);
    REQUIRE(process.finish().status == 143);
  }
  SECTION("the second stop reaches it too") {
    Process process(driver({"--stage", "count"}, "exit_with", {"8"}));
    REQUIRE(process.wait_for("stage ready"));
    kill(process.pid(), SIGTERM);
    REQUIRE(process.wait_for("first"));
    kill(process.pid(), SIGTERM);
    REQUIRE(process.finish().status == 62);
  }
  SECTION("a deaf one is killed in the end") {
    Process process(driver({"--stage", "deaf", "--stage-kill-after", "200"}, "exit_with", {"8"}));
    REQUIRE(process.wait_for("stage ready"));
    kill(process.pid(), SIGINT);
    REQUIRE(process.finish(pge::seconds(5)).status == 128 + SIGKILL);
  }
}
