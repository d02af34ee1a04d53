#include "process/process_status.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace pge {

pid_t pid_of_entry(const char* name) noexcept {
  pid_t pid = 0;
  const char* const end = name + std::strlen(name);
  return std::from_chars(name, end, pid).ptr == end ? pid : 0;
}

/// The beginning of /proc/pid/stat: pid (name) state parent … (proc_pid_stat(5)). The name may contain blanks and
/// parentheses itself.
bool read_status(int proc, pid_t pid, ProcessStatus& status) noexcept {
  constexpr std::size_t longest_number = 20;
  std::array<char, longest_number + sizeof "/stat"> path{};
  char* const end = std::to_chars(path.data(), path.data() + longest_number, pid).ptr;
  std::memcpy(end, "/stat", sizeof "/stat");
  const int file = openat(proc, path.data(), O_RDONLY | O_CLOEXEC);
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

}  // namespace pge
