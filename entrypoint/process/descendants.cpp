#include "process/descendants.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

namespace pge {
namespace {

constexpr std::string_view proc_root = "/proc/";
constexpr std::size_t longest_number = 20;

bool proc_is_ours(pid_t self) noexcept {
  std::array<char, 32> target{};
  const ssize_t length = readlink("/proc/self", target.data(), target.size());
  if (length <= 0) return false;
  pid_t seen = 0;
  std::from_chars(target.data(), target.data() + length, seen);
  return seen == self;
}

/// The beginning of /proc/pid/stat: pid (name) state parent … (proc_pid_stat(5)). The name may contain blanks and
/// parentheses itself.
bool read_status(pid_t pid, ProcessStatus& status) noexcept {
  std::array<char, proc_root.size() + longest_number + sizeof "/stat"> path{};
  char* end = std::ranges::copy(proc_root, path.data()).out;
  end = std::to_chars(end, end + longest_number, pid).ptr;
  std::memcpy(end, "/stat", sizeof "/stat");
  const int file = open(path.data(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  std::array<char, 512> buffer{};
  ssize_t length = 0;
  do {
    length = read(file, buffer.data(), buffer.size());
  } while (length < 0 && errno == EINTR);
  close(file);
  const std::string_view text(buffer.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  const std::size_t open_at = text.find('('), close_at = text.rfind(')');
  constexpr std::size_t to_parent = 4;  // ") S "
  if (open_at == std::string_view::npos || close_at == std::string_view::npos || close_at < open_at ||
      text.size() < close_at + to_parent) {
    return false;
  }
  status = {};
  status.state = text[close_at + 2];
  const std::string_view name = text.substr(open_at + 1, close_at - open_at - 1).substr(0, status.name.size() - 1);
  std::ranges::copy(name, status.name.begin());
  std::from_chars(text.data() + close_at + to_parent, text.data() + text.size(), status.parent);
  return true;
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
    pid_t pid = 0;
    const char* const end = entry->d_name + std::strlen(entry->d_name);
    if (std::from_chars(entry->d_name, end, pid).ptr != end || pid == self_) continue;
    if (!read_status(pid, status_) || status_.state == 'Z' || status_.state == 'X') continue;
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
    if (above.parent <= 1 || !read_status(above.parent, above)) return false;
  }
  return false;
}

}  // namespace pge
