#pragma once

#include <string>
#include <vector>

namespace pge {

/// A control group that accounts for this process's memory.
struct MemoryGroup {
  std::string root;      ///< of its hierarchy
  std::string path;      ///< below it, without a slash at the end; in a container it may be the host's, and not exist
  bool unified = false;  ///< version 2 of control groups
};

/// The groups for memory that this process is in, of either version. Empty when that cannot be seen.
std::vector<MemoryGroup> memory_groups(const std::string& membership = "/proc/self/cgroup",
                                       const std::string& root = "/sys/fs/cgroup");

/// The path of the group above; false at the root. In a container the root is the container's own group.
bool go_up(std::string& path);

}  // namespace pge
