#include "process/descendants.hpp"

#include <unistd.h>

#include <array>
#include <charconv>

namespace pge {
namespace {

bool proc_is_ours(pid_t self) noexcept {
  std::array<char, 32> target{};
  const ssize_t length = readlink("/proc/self", target.data(), target.size());
  if (length <= 0) return false;
  pid_t seen = 0;
  std::from_chars(target.data(), target.data() + length, seen);
  return seen == self;
}

}  // namespace

Descendants::Descendants() noexcept : self_(getpid()) {
  if (proc_is_ours(self_)) proc_ = opendir("/proc");
}

Descendants::~Descendants() {
  if (proc_ != nullptr) closedir(proc_);
}

pid_t Descendants::next() noexcept {
  if (proc_ == nullptr) return 0;
  while (const dirent* entry = readdir(proc_)) {
    const pid_t pid = pid_of_entry(entry->d_name);
    if (pid == 0 || pid == self_) continue;
    if (!read_status(dirfd(proc_), pid, status_) || status_.state == 'Z' || status_.state == 'X') continue;
    if (is_below()) return pid;
  }
  return 0;
}

/// Whether the chain of parents leads here. It breaks where a process ends meanwhile; its children are found at the
/// next look.
bool Descendants::is_below() const noexcept {
  constexpr int deepest = 4096;  // the numbers of processes that end meanwhile may be used again, and make a circle
  ProcessStatus above = status_;
  for (int depth = 0; depth < deepest; ++depth) {
    if (above.parent == self_) return true;
    if (above.parent <= 1 || !read_status(dirfd(proc_), above.parent, above)) return false;
  }
  return false;
}

}  // namespace pge
