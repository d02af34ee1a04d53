#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <format>

#include "harness.hpp"
#include "process/healthcheck.hpp"

using namespace pge::test;

namespace {

/// A /proc with the processes of several containers. "self" is in the namespace and the group "ours".
class Processes {
 public:
  explicit Processes(bool namespaces_are_seen = true) : seen_(namespaces_are_seen) { add("self", "pge", 0, "ours"); }

  void add(const std::string& pid, const std::string& name, int parent, const std::string& container,
           char state = 'S') {
    std::filesystem::create_directories(proc_.path(pid + "/ns"));
    proc_.write(pid + "/comm", name + "\n");
    proc_.write(pid + "/stat", std::format("{} ({}) {} {} 1 1", pid, name, state, parent));
    proc_.write(pid + "/cgroup", "0::/" + container + "\n");
    const std::filesystem::path link = proc_.path(pid + "/ns/mnt");
    std::filesystem::remove(link);
    if (seen_) std::filesystem::create_symlink("mnt:[" + container + "]", link);
  }

  std::string state() const { return pge::entrypoint_state(proc_.path()).value_or("none"); }

 private:
  TemporaryDirectory proc_;
  bool seen_;
};

}  // namespace

TEST_CASE("another container's entrypoint does not answer for ours, whether its namespace can be seen or not") {
  for (const bool seen : {true, false}) {
    Processes processes(seen);
    processes.add("7", "pge:serving", 0, "theirs");
    CHECK(processes.state() == "none");
    processes.add("20", "pge:waiting", 1, "ours");
    CHECK(processes.state() == "waiting");
  }
}

TEST_CASE("where one entrypoint runs below another, the innermost answers") {
  Processes processes;
  processes.add("1", "pge:serving", 0, "ours");
  CHECK(processes.state() == "serving");
  processes.add("9", "sh", 1, "ours");
  processes.add("10", "pge:preparing", 9, "ours");
  processes.add("11", "pge:locking", 10, "ours");
  CHECK(processes.state() == "locking");
  processes.add("10", "pge:serving", 9, "ours");
  processes.add("11", "uvicorn", 10, "ours");
  CHECK(processes.state() == "serving");
}

TEST_CASE("a migration by docker exec does not speak for the application that is being served") {
  Processes processes;
  processes.add("1", "pge:serving", 0, "ours");
  processes.add("30", "pge:preparing", 0, "ours");
  processes.add("31", "pge:migrating", 30, "ours");
  CHECK(processes.state() == "serving");
}

TEST_CASE("what has ended and was not reaped yet says nothing, and names of others neither") {
  Processes processes;
  processes.add("5", "pge:serving", 1, "ours", 'Z');
  processes.add("6", "pge:serving_up", 1, "ours");
  processes.add("8", "my pge:serving", 1, "ours");
  CHECK(processes.state() == "none");
  processes.add("1", "pge:draining", 0, "ours");
  CHECK(processes.state() == "draining");
}
