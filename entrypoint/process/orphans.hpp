#pragma once

#include <chrono>

namespace pge {

/// Called when the main child has ended. Asks the remaining processes to exit (SIGTERM, and SIGCONT for stopped ones),
/// reaps for at most `grace`, sends SIGKILL, and reaps for at most one second. Returns at once when no child is left.
/// As PID 1 this is kill(-1), which processes of `docker exec` get as well: the kernel is about to kill them anyway
/// (pid_namespaces(7)). Otherwise it signals the descendants that it finds in /proc, or nobody if that /proc belongs to
/// another PID namespace.
void end_remaining_children(std::chrono::milliseconds grace) noexcept;

}  // namespace pge
