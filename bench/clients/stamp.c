/*
 * An application that says when it was signalled: for each SIGUSR1 it prints the nanoseconds of CLOCK_MONOTONIC, for
 * SIGTERM it prints them and ends.
 *
 *   stamp      prints "ready" first
 */
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static void say(const char* text, int length) {
  if (write(STDOUT_FILENO, text, (size_t)length) != length) _exit(1);
}

int main(void) {
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGUSR1);
  sigaddset(&awaited, SIGTERM);
  sigprocmask(SIG_BLOCK, &awaited, NULL);
  say("ready\n", 6);
  for (;;) {
    struct timespec time;
    char line[40];
    const int number = sigwaitinfo(&awaited, NULL);
    clock_gettime(CLOCK_MONOTONIC, &time);
    say(line, snprintf(line, sizeof line, "%lld\n", (long long)time.tv_sec * 1000000000LL + time.tv_nsec));
    if (number == SIGTERM) _exit(0);
  }
}
