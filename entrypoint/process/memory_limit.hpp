#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace pge {

/// The memory that this container may use, in bytes: the smallest limit of the control groups that this process is in,
/// in either version of them (memory.max, memory.limit_in_bytes). Nothing when there is none, or none can be seen.
std::optional<std::size_t> memory_limit(const std::string& membership = "/proc/self/cgroup",
                                        const std::string& root = "/sys/fs/cgroup");

}  // namespace pge
