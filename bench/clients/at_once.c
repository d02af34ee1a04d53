/*
 * Runs a command so many times at once and prints the milliseconds until the last one has ended. The processes are made
 * first and wait at a pipe; the clock starts when it is closed, so that forking them is not measured.
 *
 *   at-once NUMBER COMMAND [ARGUMENT…]
 *
 * Leaves with 1 when a command did not end with 0. What the commands write goes where ours goes, but for stdout.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double milliseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void run_when_closed(const int gate[2], char** command) {
  char nothing = 0;
  int silent = open("/dev/null", O_WRONLY | O_CLOEXEC);
  close(gate[1]);
  if (silent < 0 || dup2(silent, STDOUT_FILENO) < 0) _exit(125);
  if (read(gate[0], &nothing, 1) != 0) _exit(125);
  close(gate[0]);
  execvp(command[0], command);
  _exit(127);
}

int main(int count, char** words) {
  long number = count > 2 ? atol(words[1]) : 0;
  long failed = 0;
  double began = 0;
  int gate[2];
  if (number < 1) {
    fputs("usage: at-once NUMBER COMMAND [ARGUMENT...]\n", stderr);
    return 64;
  }
  if (pipe(gate) != 0) return 71;
  for (long made = 0; made < number; ++made) {
    pid_t child = fork();
    if (child < 0) return 71; /* the gate closes with us, and those that wait there run */
    if (child == 0) run_when_closed(gate, words + 2);
  }
  close(gate[0]);
  began = milliseconds();
  close(gate[1]);
  for (long ended = 0; ended < number; ++ended) {
    int status = 0;
    if (wait(&status) < 0) return 71;
    failed += status != 0;
  }
  printf("%.3f\n", milliseconds() - began);
  if (failed > 0) fprintf(stderr, "at-once: %ld of %ld failed\n", failed, number);
  return failed > 0;
}
