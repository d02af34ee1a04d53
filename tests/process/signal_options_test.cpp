#include <sys/prctl.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <ctime>

#include "core/stop.hpp"
#include "harness.hpp"
#include "process/own_process.hpp"

using namespace pge::test;

namespace {

/// What a child that prints every signal has got, one number a line, after "ready PID"; `last` ends it.
std::string received(std::vector<std::string> options, const std::vector<int>& sent, int last) {
  Process process(driver(std::move(options), "echo_signals", {std::to_string(last)}));
  REQUIRE(process.wait_for("ready"));
  for (const int number : sent) {
    kill(process.pid(), number);
    usleep(20'000);  // the kernel delivers what is queued in its own order
  }
  const Ended ended = process.finish(pge::seconds(10));
  CHECK(ended.status == 0);
  return ended.output.substr(ended.output.find('\n') + 1);
}

}  // namespace

TEST_CASE("a rewritten signal arrives as the other one, a dropped one not at all, any other as it is") {
  struct Row {
    std::vector<std::string> options;
    std::vector<int> sent;
    int last;
    std::string got;
  };
  for (const auto& [options, sent, last, got] :
       std::vector<Row>{{{}, {SIGHUP, SIGTERM}, SIGTERM, "1\n15\n"},
                        {{"--rule", "TERM=QUIT"}, {SIGHUP, SIGTERM}, SIGQUIT, "1\n3\n"},
                        {{"--rule", "HUP=drop"}, {SIGHUP, SIGTERM}, SIGTERM, "15\n"},
                        {{"--rule", "USR1=drop", "--rule", "TERM=RTMIN+3"}, {SIGUSR1, SIGTERM}, 37, "37\n"},
                        {{"--rule", "RTMIN+3=TERM"}, {SIGUSR1, 37}, SIGTERM, "10\n15\n"},
                        {{"--rule", "INT=TERM", "--rule", "TERM=INT"}, {SIGTERM, SIGINT}, SIGTERM, "2\n15\n"}}) {
    CHECK(received(options, sent, last) == got);
  }
}

TEST_CASE("every signal can be rewritten") {
  for (int number = 1; number <= 64; ++number) {
    const bool passed_on = number != SIGKILL && number != SIGSTOP && number != SIGCHLD && number != 32 &&
                           number != 33 && number != SIGSEGV && number != SIGBUS && number != SIGFPE &&
                           number != SIGILL && number != SIGABRT && number != SIGTRAP && number != SIGSYS;
    if (!passed_on || number == SIGTERM) continue;
    INFO(number);
    CHECK(received({"--rule", std::to_string(number) + "=TERM"}, {number}, SIGTERM) == "15\n");
  }
}

TEST_CASE("a signal goes to the child alone, or to its process group") {
  const std::string script =
      "trap 'wait; exit 4' TERM; (trap 'echo below; exit' TERM; echo ready; while :; do sleep 0.02; done) & wait; exit "
      "3";
  Process group(driver({"--group"}, "/bin/sh", {"-c", script}));
  REQUIRE(group.wait_for("ready"));
  kill(group.pid(), SIGTERM);
  const Ended together = group.finish(pge::seconds(10));
  CHECK(together.status == 4);
  CHECK(together.output.contains("below"));
  // Alone: the child would wait for the other one for ever, which has got nothing.
  Process child(driver({}, "/bin/sh", {"-c", script}));
  REQUIRE(child.wait_for("ready"));
  kill(child.pid(), SIGTERM);
  CHECK(child.finish(pge::milliseconds(500)).status == -1);
}

TEST_CASE("a stop is held back once, a second one ends that, and other signals pass") {
  const auto began = pge::Clock::now();
  CHECK(received({"--hold-stop", "400"}, {SIGTERM, SIGUSR1}, SIGTERM) == "10\n15\n");
  CHECK(pge::Clock::now() - began >= pge::milliseconds(400));
  const auto second = pge::Clock::now();
  CHECK(received({"--hold-stop", "60000"}, {SIGTERM, SIGTERM}, SIGTERM) == "15\n");
  CHECK(received({"--hold-stop", "60000"}, {SIGTERM, SIGINT}, SIGINT).ends_with("2\n"));  // at once after the first
  CHECK(received({"--hold-stop", "60000"}, {SIGHUP}, SIGHUP) == "1\n");                   // a reload is no stop
  CHECK(received({"--hold-stop", "100", "--rule", "TERM=QUIT"}, {SIGTERM}, SIGQUIT) == "3\n");
  CHECK(pge::Clock::now() - second < pge::seconds(30));
}

TEST_CASE("a child that does not end after a stop is killed after the grace, and never without one") {
  const auto began = pge::Clock::now();
  const std::string deaf = "trap '' TERM HUP; echo ready; while :; do sleep 0.02; done";
  Process killed(driver({"--kill-after", "300"}, "/bin/sh", {"-c", deaf}));
  REQUIRE(killed.wait_for("ready"));
  kill(killed.pid(), SIGTERM);
  const Ended ended = killed.finish(pge::seconds(10));
  CHECK(ended.status == 128 + SIGKILL);
  CHECK(ended.output.contains("killed at last"));
  CHECK(pge::Clock::now() - began >= pge::milliseconds(300));
  for (const auto& [options, number] : std::vector<std::pair<std::vector<std::string>, int>>{
           {{}, SIGTERM},
           {{"--kill-after", "200"}, SIGHUP},
           {{"--kill-after", "200", "--rule", "TERM=drop"}, SIGTERM}}) {
    Process left(driver(options, "/bin/sh", {"-c", deaf}));
    REQUIRE(left.wait_for("ready"));
    kill(left.pid(), number);
    CHECK(left.finish(pge::milliseconds(600)).status == -1);
  }
}

TEST_CASE("a deaf group is killed as a group") {
  const std::string script = "trap '' TERM; (trap '' TERM; echo ready; exec sleep 61) & wait; wait";
  Process process(driver({"--group", "--kill-after", "200", "--grace", "30000"}, "/bin/sh", {"-c", script}));
  REQUIRE(process.wait_for("ready"));
  kill(process.pid(), SIGTERM);
  CHECK(process.finish(pge::seconds(10)).status == 128 + SIGKILL);  // nothing was left to wait 30 s for
}

TEST_CASE("a parent that has died before the death signal was asked for counts as dying then") {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigset_t before;
  sigprocmask(SIG_BLOCK, &set, &before);
  const timespec now{};
  CHECK(pge::die_with_parent(SIGUSR1, getppid()));
  CHECK(sigtimedwait(&set, nullptr, &now) == -1);
  CHECK(pge::die_with_parent(SIGUSR1, getppid() + 1));
  CHECK(sigtimedwait(&set, nullptr, &now) == SIGUSR1);
  CHECK(pge::die_with_parent(0, getppid() + 1));
  CHECK_FALSE(pge::die_with_parent(999, getppid()));
  prctl(PR_SET_PDEATHSIG, 0);
  sigprocmask(SIG_SETMASK, &before, nullptr);
}

TEST_CASE("not as PID 1, processes that are not below us are left alone") {
  const Process other({"/bin/sleep", "60"});
  CHECK(run(driver({"--grace", "100"}, "leave_running", {"deaf", "3"})).status == 3);
  CHECK(kill(other.pid(), 0) == 0);
}

TEST_CASE("a SIGPIPE of our own does not end what becomes the application") {
  CHECK(run(driver({"--exec", "--own-sigpipe"}, "exit_with", {"9"})).status == 9);
}

TEST_CASE("four descriptors suffice, and a command that cannot run is still told") {
#ifdef __SANITIZE_ADDRESS__
  SKIP("the sanitizer's own start needs more");
#endif
  const auto with_four = [](const std::vector<std::string>& words) {
    std::vector<std::string> limited{"/bin/sh", "-c", "ulimit -n 4; exec \"$@\"", "sh"};
    limited.insert(limited.end(), words.begin(), words.end());
    return run(limited);
  };
  CHECK(with_four(driver({}, "exit_with", {"9"})).status == 9);
  const TemporaryDirectory directory;
  const Ended ended = with_four(driver({}, directory.write("text", "echo\n", 0755)));
  CHECK(ended.status == 126);
  CHECK(ended.output.contains("pg-entrypoint: cannot execute"));
}
