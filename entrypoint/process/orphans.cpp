#include "process/orphans.hpp"

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <exception>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/patience.hpp"
#include "core/stop.hpp"

namespace pge {
namespace {

/// A /proc of another PID namespace would list other processes under these pids.
bool proc_is_ours() {
  std::array<char, 32> target{};
  const ssize_t length = readlink("/proc/self", target.data(), target.size());
  return length > 0 && std::string_view(target.data(), static_cast<std::size_t>(length)) == std::to_string(getpid());
}

/// The fourth field of /proc/pid/stat (proc_pid_stat(5)); 0 when there is none. The second one, a name in
/// parentheses, may contain blanks and parentheses itself.
pid_t parent_of(const char* pid) {
  std::ifstream file(std::string("/proc/") + pid + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t name_end = text.rfind(')');
  constexpr std::size_t skipped = 4;  // ") S "
  if (name_end == std::string::npos || text.size() < name_end + skipped) return 0;
  pid_t parent = 0;
  std::from_chars(text.data() + name_end + skipped, text.data() + text.size(), parent);
  return parent;
}

std::vector<pid_t> descendants() {
  std::vector<pid_t> found;
  if (!proc_is_ours()) return found;
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(opendir("/proc"), closedir);
  if (!proc) return found;
  std::multimap<pid_t, pid_t> children;
  while (const dirent* entry = readdir(proc.get())) {
    pid_t pid = 0;
    const char* const end = entry->d_name + std::strlen(entry->d_name);
    if (std::from_chars(entry->d_name, end, pid).ptr != end) continue;
    children.emplace(parent_of(entry->d_name), pid);
  }
  for (std::vector<pid_t> open{getpid()}; !open.empty();) {
    const auto [first, last] = children.equal_range(open.back());
    open.pop_back();
    for (auto child = first; child != last; ++child) {
      found.push_back(child->second);
      open.push_back(child->second);
    }
  }
  return found;
}

void signal_all(std::initializer_list<int> numbers) noexcept {
  if (getpid() == 1) {
    for (const int number : numbers) kill(-1, number);
    return;
  }
  try {
    for (const pid_t pid : descendants()) {
      for (const int number : numbers) kill(pid, number);
    }
  } catch (const std::exception&) {
    return;  // out of memory: the remaining processes cannot be listed
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

void end_remaining_children(std::chrono::milliseconds grace) noexcept {
  if (!reap()) return;
  signal_all({SIGTERM, SIGCONT});
  if (all_gone_before(Clock::now() + grace)) return;
  // Repeats, because a process that is forked while /proc is read is not on the list.
  const auto patience_ends = Clock::now() + patience::kill_end;
  do {
    signal_all({SIGKILL});
  } while (!all_gone_before(Clock::now() + patience::kill_interval) && Clock::now() < patience_ends);
}

}  // namespace pge
