/*
 * Runs a command and prints how many milliseconds it took, and the largest RssAnon, in kB, of any process but ours: the
 * command and what it has started, if it is alone in its container. /proc is read each so many milliseconds; 0 does
 * not look, so that nothing is measured but the time.
 *
 *   peak EVERY COMMAND [ARGUMENT…]
 *
 * Leaves with the command's status. Its stdout is thrown away.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double milliseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* Of one process; 0 when it is gone. */
static long anonymous(const char* pid) {
  char path[300];
  char line[256];
  long found = 0;
  FILE* file = NULL;
  snprintf(path, sizeof path, "/proc/%s/status", pid);
  file = fopen(path, "r");
  if (file == NULL) return 0;
  while (fgets(line, sizeof line, file) != NULL) {
    if (strncmp(line, "RssAnon:", 8) == 0) found = strtol(line + 8, NULL, 10);
  }
  fclose(file);
  return found;
}

static long largest(void) {
  long most = 0;
  DIR* processes = opendir("/proc");
  const struct dirent* entry = NULL;
  if (processes == NULL) return 0;
  while ((entry = readdir(processes)) != NULL) {
    long found = 0;
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9' || atol(entry->d_name) == (long)getpid()) continue;
    found = anonymous(entry->d_name);
    if (found > most) most = found;
  }
  closedir(processes);
  return most;
}

static void become(char** command) {
  int silent = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (silent < 0 || dup2(silent, STDOUT_FILENO) < 0) _exit(125);
  execvp(command[0], command);
  perror(command[0]);
  _exit(127);
}

int main(int count, char** words) {
  const long every = count > 2 ? atol(words[1]) : -1;
  const struct timespec pause = {every / 1000, every % 1000 * 1000000};
  const double began = milliseconds();
  long most = 0;
  int status = 0;
  pid_t child = 0;
  if (every < 0) {
    fputs("usage: peak MILLISECONDS COMMAND [ARGUMENT...]\n", stderr);
    return 64;
  }
  child = fork();
  if (child < 0) return 71;
  if (child == 0) become(words + 2);
  while (waitpid(child, &status, every > 0 ? WNOHANG : 0) == 0) {
    const long now = largest();
    if (now > most) most = now;
    nanosleep(&pause, NULL);
  }
  printf("%.3f %ld\n", milliseconds() - began, most);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
