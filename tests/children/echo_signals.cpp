// echo_signals LAST: prints "ready PID", then the number of every signal that it gets; ends with 0 at LAST.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  const int last = argc > 1 ? std::atoi(argv[1]) : SIGTERM;
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  std::printf("ready %d\n", static_cast<int>(getpid()));
  std::fflush(stdout);
  for (;;) {
    const int number = sigwaitinfo(&all, nullptr);
    if (number < 0) continue;
    std::printf("%d\n", number);
    std::fflush(stdout);
    if (number == last) return 0;
  }
}
