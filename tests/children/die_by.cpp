// die_by SIGNAL: of its default action, and without a core file.
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

int main(int argc, char** argv) {
  const int number = argc > 1 ? std::atoi(argv[1]) : SIGTERM;
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  setrlimit(RLIMIT_CORE, &none);
  signal(number, SIG_DFL);
  sigset_t all;
  sigemptyset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  kill(getpid(), number);
  return 99;
}
