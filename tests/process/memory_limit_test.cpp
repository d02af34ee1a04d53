#include "process/memory_limit.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "temporary_directory.hpp"

using pge::test::TemporaryDirectory;

namespace {

/// A tree that looks like /sys/fs/cgroup, with the membership of a process in it.
struct Groups : TemporaryDirectory {
  std::optional<std::size_t> limit() const { return pge::memory_limit(path("membership"), path()); }
};

}  // namespace

TEST_CASE("the smallest limit on the way to the root counts, in version 2") {
  const Groups groups;
  groups.write("membership", "0::/pod/container\n");
  CHECK_FALSE(groups.limit().has_value());
  groups.write("pod/container/memory.max", "max\n");
  CHECK_FALSE(groups.limit().has_value());
  groups.write("memory.max", "1000000\n");
  CHECK(groups.limit() == 1000000);
  groups.write("pod/memory.max", "4096\n");
  CHECK(groups.limit() == 4096);
}

TEST_CASE("version 1 has a hierarchy for memory, whose root is the container's own group there") {
  const Groups groups;
  groups.write("membership", "9:name=systemd:/docker/x\n4:cpu,memory:/docker/x\n3:cpuset:/docker/x\n0::/\n");
  groups.write("memory/memory.limit_in_bytes", "67108864\n");
  CHECK(groups.limit() == 67108864);
  groups.write("memory/docker/x/memory.limit_in_bytes", "4096\n");
  CHECK(groups.limit() == 4096);
}

TEST_CASE("where nothing can be read there is no limit") {
  CHECK_FALSE(pge::memory_limit("/nowhere", "/nowhere").has_value());
  const Groups groups;
  groups.write("membership", "nonsense\n0\n::\n");
  CHECK_FALSE(groups.limit().has_value());
}
