// leave_running polite|deaf|escaped|stopped CODE: leaves one descendant running, two forks down, and ends with CODE.
// A polite one prints "bye" at SIGTERM, a deaf one ignores it, an escaped one does so in a session of its own, a
// stopped one is polite when it is continued.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

[[noreturn]] void stay(std::string_view manner, int ready) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigprocmask(SIG_SETMASK, &set, nullptr);
  const bool deaf = manner == "deaf" || manner == "escaped";
  if (manner == "escaped") setsid();
  if (deaf) {
    signal(SIGTERM, SIG_IGN);
    std::printf("deaf %d\n", static_cast<int>(getpid()));
    std::fflush(stdout);
  }
  close(ready);
  if (manner == "stopped") raise(SIGSTOP);
  if (deaf) {
    for (;;) pause();
  }
  sigwaitinfo(&set, nullptr);
  std::printf("bye\n");
  std::fflush(stdout);
  _exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  int ends[2] = {};
  if (argc < 3 || pipe(ends) != 0) return 99;
  if (fork() == 0) {
    close(ends[0]);
    const pid_t child = fork();
    if (child == 0) stay(argv[1], ends[1]);
    // Who looks for a stopped one should find it stopped.
    if (std::string_view(argv[1]) == "stopped") waitpid(child, nullptr, WUNTRACED);
    close(ends[1]);
    for (;;) pause();
  }
  close(ends[1]);
  char unused = 0;
  [[maybe_unused]] const ssize_t end_of_file = read(ends[0], &unused, 1);
  return std::atoi(argv[2]);
}
