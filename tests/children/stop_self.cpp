// stop_self CODE: stops (SIGSTOP), is woken up by a child of its own a little later, ends with CODE.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

int main(int argc, char** argv) {
  const pid_t self = getpid();
  const pid_t waker = fork();
  if (waker == 0) {
    usleep(300'000);
    kill(self, SIGCONT);
    _exit(0);
  }
  raise(SIGSTOP);
  waitpid(waker, nullptr, 0);
  return argc > 1 ? std::atoi(argv[1]) : 0;
}
