#include "process/healthcheck.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <exception>
#include <format>
#include <map>
#include <memory>
#include <ranges>
#include <string_view>
#include <system_error>

#include "core/descriptor.hpp"
#include "process/process_status.hpp"

namespace pge {
namespace {

constexpr std::string_view prefix = "pge:";

// From the first to the most advanced one.
constexpr std::array<std::string_view, 7> states = {"preparing", "waiting",  "locking", "migrating",
                                                    "ending",    "draining", "serving"};

/// One of our processes.
struct Seen {
  pid_t parent = 0;
  std::size_t state = 0;
};
using SeenByPid = std::map<pid_t, Seen>;

/// A file below /proc, up to 4 KiB of it; empty when it cannot be read.
std::string text_of(int proc, const std::string& path) {
  const Descriptor file(openat(proc, path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> buffer{};
  const ssize_t length = read(file.get(), buffer.data(), buffer.size());
  return {buffer.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
}

std::string link_of(int proc, const std::string& path) {
  std::array<char, 64> buffer{};
  const ssize_t length = readlinkat(proc, path.c_str(), buffer.data(), buffer.size());
  return {buffer.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
}

/// What tells this container's processes from those of others.
class Container {
 public:
  explicit Container(int proc)
      : proc_(proc), mounts_(link_of(proc, "self/ns/mnt")), groups_(text_of(proc, "self/cgroup")) {}

  bool has(const std::string& pid) const {
    const std::string mounts = link_of(proc_, pid + "/ns/mnt");
    if (!mounts.empty() && !mounts_.empty()) return mounts == mounts_;
    const std::string groups = text_of(proc_, pid + "/cgroup");
    return groups.empty() || groups_.empty() || groups == groups_;
  }

 private:
  int proc_;
  std::string mounts_;
  std::string groups_;
};

SeenByPid find_ours(DIR* proc) {
  const int root = dirfd(proc);
  const Container here(root);
  SeenByPid found;
  while (const dirent* entry = readdir(proc)) {
    const pid_t pid = pid_of_entry(entry->d_name);
    if (pid == 0) continue;
    const std::string name = text_of(root, std::format("{}/comm", entry->d_name));
    if (!name.starts_with(prefix)) continue;
    const auto state =
        std::ranges::find(states, std::string_view(name).substr(prefix.size(), name.find('\n') - prefix.size()));
    ProcessStatus status;
    if (state == states.end() || !here.has(entry->d_name)) continue;
    if (read_status(root, pid, status) && status.state == 'Z') continue;
    found[pid] = {.parent = status.parent, .state = static_cast<std::size_t>(state - states.begin())};
  }
  return found;
}

/// The nearest ancestor of `seen` that is one of ours too; 0 when there is none.
pid_t ancestor_of(int proc, const SeenByPid& ours, const Seen& seen) {
  constexpr int deepest = 4096;  // the numbers of processes that end meanwhile may be used again, and make a circle
  pid_t above = seen.parent;
  for (int depth = 0; above > 0 && depth < deepest; ++depth) {
    if (ours.contains(above)) return above;
    ProcessStatus status;
    if (!read_status(proc, above, status)) return 0;
    above = status.parent;
  }
  return 0;
}

/// Of the one that has nothing of ours above it: how deep the deepest process below it is, and what that is at.
struct Answer {
  int depth = 0;
  std::size_t state = 0;
  auto operator<=>(const Answer&) const = default;
};

/// Whether `below` descends from `above`.
bool descends_from(int proc, pid_t below, pid_t above) {
  constexpr int deepest = 4096;  // see `ancestor_of`
  for (int depth = 0; below > 0 && depth < deepest; ++depth) {
    if (below == above) return true;
    ProcessStatus status;
    if (!read_status(proc, below, status)) return false;
    below = status.parent;
  }
  return false;
}

std::size_t furthest(int proc, const SeenByPid& ours) {
  std::map<pid_t, Answer> answers;
  for (const auto& [pid, seen] : ours) {
    int depth = 0;
    pid_t top = pid;
    for (pid_t above = pid; above != 0 && depth <= static_cast<int>(ours.size()); ++depth) {
      top = above;
      above = ancestor_of(proc, ours, ours.at(above));
    }
    answers[top] = std::max(answers[top], Answer{.depth = depth, .state = seen.state});
  }
  std::size_t state = 0;
  for (const auto& [top, answer] : answers) state = std::max(state, answer.state);
  return state;
}

}  // namespace

Result<std::string> entrypoint_state(const std::string& proc_root) {
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(opendir(proc_root.c_str()), closedir);
  if (!proc) {
    return fail(ExitCode::unavailable, std::format("{}: {}", proc_root, std::generic_category().message(errno)),
                "mount /proc in the container");
  }
  const SeenByPid ours = find_ours(proc.get());
  if (ours.empty())
    return fail(ExitCode::unavailable, "no pg-entrypoint is running here", "it must be the container's ENTRYPOINT");
  return std::string(states[furthest(dirfd(proc.get()), ours)]);
}

bool runs_beside_another() noexcept {
  const pid_t self = getpid();
  if (self == 1 || getppid() == 1) return false;
  try {
    const std::unique_ptr<DIR, int (*)(DIR*)> proc(opendir("/proc"), closedir);
    if (!proc) return false;
    const int root = dirfd(proc.get());
    return std::ranges::any_of(find_ours(proc.get()) | std::views::keys, [&](pid_t other) {
      return !descends_from(root, self, other) && !descends_from(root, other, self);
    });
  } catch (const std::exception&) {
    return false;  // out of memory
  }
}

}  // namespace pge
