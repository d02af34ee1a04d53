#include "process/oom_kills.hpp"

#include <catch2/catch_test_macros.hpp>

#include "temporary_directory.hpp"

using pge::test::TemporaryDirectory;

namespace {

struct Groups : TemporaryDirectory {
  std::optional<std::uint64_t> kills() const { return pge::oom_kills(path("membership").c_str(), path().c_str()); }
};

}  // namespace

TEST_CASE("the count of the nearest group of version 2 is read, not that of strangers above") {
  const Groups groups;
  groups.write("membership", "0::/pod/container\n");
  CHECK_FALSE(groups.kills().has_value());
  groups.write("memory.events", "low 0\nhigh 0\nmax 9\noom 3\noom_kill 7\noom_group_kill 0\n");
  CHECK(groups.kills() == 7);  // in a container: the path is the host's, the root is our own group
  groups.write("pod/container/memory.events", "low 0\nhigh 0\nmax 9\noom 3\noom_kill 2\noom_group_kill 0\n");
  CHECK(groups.kills() == 2);
}

TEST_CASE("in version 1 the count is in memory.oom_control, and older kernels have none") {
  const Groups groups;
  groups.write("membership", "4:cpu,memory:/docker/x\n3:cpuset:/docker/x\n0::/docker/x\n");
  groups.write("memory/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\n");
  CHECK_FALSE(groups.kills().has_value());
  groups.write("memory/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n");
  CHECK(groups.kills() == 4);
}

TEST_CASE("what is said of a SIGKILL is what is known") {
  CHECK(pge::reason_of_sigkill(1, 3).starts_with("out of memory: the kernel has killed 2 process(es)"));
  CHECK(pge::reason_of_sigkill(2, 2).ends_with("no process of this container for memory: somebody sent the signal"));
  CHECK(pge::reason_of_sigkill({}, 2).starts_with("out of memory, or somebody"));
  CHECK(pge::reason_of_sigkill(2, {}).starts_with("out of memory, or somebody"));
}
