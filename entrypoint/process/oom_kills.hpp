#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace pge {

/// How many processes of our control group the kernel has killed because memory was short, there or on the whole
/// machine (`oom_kill` in memory.events, or in memory.oom_control of version 1, since Linux 4.13). Nothing when that
/// cannot be read, as outside of a container in the root group.
std::optional<std::uint64_t> oom_kills(const char* membership = "/proc/self/cgroup",
                                       const char* root = "/sys/fs/cgroup") noexcept;

/// For the hint of a message that says that a process was killed by SIGKILL: what is known of the reason. `before` is
/// what `oom_kills` said when the process was started, `now` what it says after its end.
std::string reason_of_sigkill(std::optional<std::uint64_t> before, std::optional<std::uint64_t> now);

}  // namespace pge
