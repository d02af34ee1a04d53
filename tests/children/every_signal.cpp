// Sends every signal that can be forwarded to its parent, one by one, and waits until it comes back.
// Prints those that did not; then sends those that must not come back and prints those that did.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <ctime>

namespace {

bool comes_back(const sigset_t& all, int number, long milliseconds) {
  kill(getppid(), number);
  const timespec patience{.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1'000'000};
  return sigtimedwait(&all, nullptr, &patience) == number;
}

bool is_forwardable(int number) {
  switch (number) {
    case SIGKILL:
    case SIGSTOP:
    case SIGCHLD:
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGABRT:
    case SIGTRAP:
    case SIGSYS:
      return false;
    default:
      return number < 32 || number >= SIGRTMIN;
  }
}

}  // namespace

int main() {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  int tried = 0;
  int wrong = 0;
  for (int number = 1; number <= SIGRTMAX; ++number) {
    if (!is_forwardable(number)) continue;
    ++tried;
    if (comes_back(all, number, 3000)) continue;
    std::printf("lost %d\n", number);
    ++wrong;
  }
  if (comes_back(all, SIGCHLD, 100)) {
    std::printf("SIGCHLD was forwarded\n");
    ++wrong;
  }
  std::printf("tried %d\n", tried);
  return wrong == 0 ? 0 : 1;
}
