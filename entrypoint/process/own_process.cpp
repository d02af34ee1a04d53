#include "process/own_process.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <initializer_list>

/// Of glibc's static archive, where a thread that ends calls it: the chunks that the allocator keeps for this thread go
/// back to the heap, and from then on it keeps none. Null where glibc is a shared library, which hides it.
extern "C" [[gnu::weak]] void
__malloc_arena_thread_freeres();  // NOLINT(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,readability-identifier-naming)

namespace pge {
namespace {

void close_if_inherited(int fd) noexcept {
  const int flags = fcntl(fd, F_GETFD);
  if (flags >= 0 && (flags & FD_CLOEXEC) == 0) close(fd);
}

/// What is deeper in the stack than this frame: reading the options has used it, and nobody reads it again.
[[gnu::noinline]] void return_free_stack() noexcept {
  constexpr std::uintptr_t own_frame = 1024;  // of this function, and more than any processor lets a callee use unasked
  constexpr std::uintptr_t most = std::uintptr_t{256} << 10U;
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::uintptr_t end = (reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) - own_frame) / page * page;
  // What is not mapped of it is passed over.
  madvise(reinterpret_cast<void*>(end - most), most, MADV_DONTNEED);  // NOLINT(performance-no-int-to-ptr)
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

void return_free_memory() noexcept {
  if (&__malloc_arena_thread_freeres != nullptr) __malloc_arena_thread_freeres();
  malloc_trim(0);
  return_free_stack();
}

void settle_as_supervisor() noexcept {
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
