// An application that counts the signals it gets, and a supervisor that does its work badly.
//   count_signals handlers             counts in handlers; until they are installed, a signal does what it does by
//   default count_signals waits                takes the signals one by one, with all of them blocked count_signals
//   naive COMMAND…       blocks nothing, forwards once the command runs, and reaps only its own child count_signals
//   late-kill COMMAND…   when its child has been reaped it signals it once more
// The first two say "ready"; at the last real-time signal they print "NUMBER COUNT" for each signal that came, and end
// with 7.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string_view>

namespace {

volatile sig_atomic_t counts[65] = {};
volatile pid_t child = 0;

void count(int number) {
  counts[number] = counts[number] + 1;
}

void forward(int number) {
  kill(child, number);
}

void handle_all(void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  sigfillset(&action.sa_mask);
  for (int number = 1; number <= SIGRTMAX; ++number) {
    if (number != SIGCHLD) sigaction(number, &action, nullptr);
  }
}

void change_mask(int how) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(how, &all, nullptr);
}

int application(bool handlers) {
  sigset_t none;
  sigemptyset(&none);
  sigset_t all;
  sigfillset(&all);
  if (handlers) handle_all(count);
  change_mask(handlers ? SIG_UNBLOCK : SIG_BLOCK);
  if (write(STDOUT_FILENO, "ready\n", 6) != 6) return 99;
  change_mask(SIG_BLOCK);
  while (counts[SIGRTMAX] == 0) {
    if (handlers) {
      sigsuspend(&none);
    } else if (const int number = sigwaitinfo(&all, nullptr); number > 0) {
      count(number);
    }
  }
  for (int number = 1; number < SIGRTMAX; ++number) {
    if (counts[number] > 0) std::printf("%d %d\n", number, static_cast<int>(counts[number]));
  }
  return 7;
}

int supervisor(char** command, bool late_kill) {
  change_mask(SIG_UNBLOCK);
  const pid_t pid = fork();
  if (pid == 0) {
    execvp(command[0], command);
    _exit(127);
  }
  child = pid;
  handle_all(forward);
  int status = 0;
  while (waitpid(pid, &status, 0) != pid) continue;
  if (late_kill) kill(pid, SIGTERM);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  if (mode == "handlers" || mode == "waits") return application(mode == "handlers");
  if (argc > 2 && (mode == "naive" || mode == "late-kill")) return supervisor(argv + 2, mode == "late-kill");
  return 64;
}
