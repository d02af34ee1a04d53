#include "process/orphans.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <format>
#include <initializer_list>

#include "core/patience.hpp"
#include "core/stop.hpp"

namespace pge {
namespace {

void signal_all(std::initializer_list<int> numbers) noexcept {
  if (getpid() == 1) {
    for (const int number : numbers) kill(-1, number);
    return;
  }
  Descendants below;
  while (const pid_t pid = below.next()) {
    for (const int number : numbers) kill(pid, number);
  }
}

/// Reaps what has ended; false when no child is left.
bool reap() noexcept {
  for (;;) {
    const pid_t pid = waitpid(-1, nullptr, WNOHANG);
    if (pid == 0) return true;
    if (pid < 0 && errno != EINTR) return false;
  }
}

/// Reaps until no child is left (true) or `deadline` has passed. Looks again every `kill_interval`: a SIGCHLD
/// may have been taken before.
bool all_gone_before(Clock::time_point deadline) noexcept {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  while (reap()) {
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(deadline - Clock::now());
    if (left.count() <= 0) return false;
    const timespec timeout{
        .tv_sec = 0,
        .tv_nsec = static_cast<long>(std::min<std::chrono::nanoseconds>(left, patience::kill_interval).count())};
    sigtimedwait(&child, nullptr, &timeout);
  }
  return true;
}

}  // namespace

Leftovers find_leftovers() noexcept {
  Leftovers left;
  Descendants below;
  while (const pid_t pid = below.next()) {
    if (left.count < left.first.size()) left.first[left.count] = {.pid = pid, .name = below.status().name};
    ++left.count;
  }
  left.any = left.count > 0;
  return left;
}

std::string listed(const Leftovers& left) {
  std::string text;
  for (std::size_t i = 0; i < std::min(left.count, left.first.size()); ++i) {
    text += std::format("{}{} {}", i == 0 ? "" : ", ", left.first[i].pid, left.first[i].name.data());
  }
  if (left.count > left.first.size()) text += ", …";
  return text;
}

Leftovers end_remaining_children(std::chrono::milliseconds grace) noexcept {
  if (!reap()) return {};
  signal_all({SIGTERM, SIGCONT});
  if (all_gone_before(Clock::now() + grace)) return {};
  Leftovers left = find_leftovers();
  left.any = true;
  kill_remaining_children();
  return left;
}

bool kill_remaining_children() noexcept {
  // Repeats, because a process that is forked while /proc is read is not on the list.
  const auto patience_ends = Clock::now() + patience::kill_end;
  do {
    signal_all({SIGKILL});
    if (all_gone_before(Clock::now() + patience::kill_interval)) return true;
  } while (Clock::now() < patience_ends);
  return false;
}

}  // namespace pge
