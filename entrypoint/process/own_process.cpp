#include "process/own_process.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstring>
#include <ctime>
#include <initializer_list>

namespace pge {
namespace {

void close_if_inherited(int fd) noexcept {
  const int flags = fcntl(fd, F_GETFD);
  if (flags >= 0 && (flags & FD_CLOEXEC) == 0) close(fd);
}

}  // namespace

void fill_standard_streams() noexcept {
  for (;;) {
    const int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (fd > STDERR_FILENO) close(fd);
    if (fd < 0 || fd > STDERR_FILENO) return;
  }
}

void become_subreaper() noexcept {
  if (getpid() != 1) prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void resign_as_subreaper() noexcept {
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

bool can_control_itself() noexcept {
  return prctl(PR_GET_DUMPABLE) >= 0;
}

bool die_with_parent(int number, pid_t parent) noexcept {
  if (number == 0) return true;
  if (prctl(PR_SET_PDEATHSIG, number) != 0) return false;
  if (getppid() != parent) kill(getpid(), number);
  return true;
}

void drop_own_signals() noexcept {
  sigset_t caused;
  sigemptyset(&caused);
  for (const int number : {SIGPIPE, SIGXFSZ}) sigaddset(&caused, number);
  const timespec now{};
  while (sigtimedwait(&caused, nullptr, &now) > 0) continue;
}

void set_process_name(const char* name) noexcept {
  prctl(PR_SET_NAME, name);
}

void make_non_dumpable() noexcept {
  prctl(PR_SET_DUMPABLE, 0);
}

void make_dumpable() noexcept {
  prctl(PR_SET_DUMPABLE, 1);
}

void settle_as_supervisor() noexcept {
  // What was needed to parse and to prepare goes back to the system: this process may live for months.
  malloc_trim(0);
  [[maybe_unused]] const int moved = chdir("/");
  DIR* const open_files = opendir("/proc/self/fd");
  if (open_files == nullptr) {
    // Without /proc: socket activation passes 3 and up, without a gap (sd_listen_fds(3)).
    constexpr int likely = 1024;
    for (int fd = STDERR_FILENO + 1; fd < likely; ++fd) close_if_inherited(fd);
    return;
  }
  while (const dirent* entry = readdir(open_files)) {
    int fd = -1;
    std::from_chars(entry->d_name, entry->d_name + std::strlen(entry->d_name), fd);
    if (fd > STDERR_FILENO) close_if_inherited(fd);
  }
  closedir(open_files);
}

}  // namespace pge
