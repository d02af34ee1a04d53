#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <string>

#include "process/descendants.hpp"

namespace pge {

/// Processes that are left: how many, and the first of them by name.
struct Leftovers {
  struct Process {
    pid_t pid;
    std::array<char, 16> name;
  };
  std::array<Process, 10> first{};
  std::size_t count = 0;  ///< of all; 0 as well where /proc cannot be read
  bool any = false;       ///< whether something is left, also where /proc does not say what
};

/// The running descendants of this process.
Leftovers find_leftovers() noexcept;

/// For a message: "17 sh, 18 sleep", and "…" if there are more.
std::string listed(const Leftovers& left);

/// Called when the main child has ended. Asks the remaining processes to exit (SIGTERM, and SIGCONT for stopped ones),
/// reaps for at most `grace`, and then does `kill_remaining_children`. Returns at once when no child is left.
/// As PID 1 this is kill(-1), which processes of `docker exec` get as well: the kernel is about to kill them anyway
/// (pid_namespaces(7)). Otherwise it signals the descendants that it finds in /proc, or nobody if that /proc belongs to
/// another PID namespace. Returns what had to be killed.
Leftovers end_remaining_children(std::chrono::milliseconds grace) noexcept;

/// SIGKILL for all descendants of this process, again and again for at most one second, until all of them have ended
/// and were reaped. False when some are left: /proc cannot be read, or they belong to another user, or they hang in the
/// kernel.
bool kill_remaining_children() noexcept;

}  // namespace pge
