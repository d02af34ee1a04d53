#pragma once

#include <chrono>

namespace pge {

/// When the main child has ended: asks what is left to end (SIGTERM, and SIGCONT for what is stopped), reaps
/// for at most `grace`, then SIGKILL, and reaps for one second at most. Returns at once when no child is
/// left. As PID 1 this is kill(-1), which processes of `docker exec` get as well: the kernel is about to kill
/// them anyway (pid_namespaces(7)). Otherwise it is our own descendants by pid, found in /proc, or nobody
/// where /proc is not ours.
void end_remaining_children(std::chrono::milliseconds grace) noexcept;

}  // namespace pge
