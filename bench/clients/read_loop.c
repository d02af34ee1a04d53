/*
 * The floor of reading migration files: open, fstat, read and close for each entry of a directory, relative to it.
 * Prints the nanoseconds that one file takes: the median of so many rounds.
 *
 *   read-loop DIRECTORY [ROUNDS]
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char buffer[1 << 20];

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* The nanoseconds of one round, and how many files there were. */
static double read_all(const char* path, long* files) {
  double began = now();
  DIR* directory = opendir(path);
  const struct dirent* entry = NULL;
  *files = 0;
  if (directory == NULL) return 0;
  while ((entry = readdir(directory)) != NULL) {
    struct stat about;
    int file = entry->d_name[0] == '.' ? -1 : openat(dirfd(directory), entry->d_name, O_RDONLY | O_CLOEXEC);
    if (file < 0) continue;
    if (fstat(file, &about) == 0 && read(file, buffer, sizeof buffer) >= 0) ++*files;
    close(file);
  }
  closedir(directory);
  return now() - began;
}

static int by_value(const void* a, const void* b) {
  double difference = *(const double*)a - *(const double*)b;
  return difference < 0 ? -1 : difference > 0;
}

int main(int count, char** words) {
  enum { most = 1000 };
  static double taken[most];
  long rounds = count > 2 ? atol(words[2]) : 21;
  long files = 0;
  if (count < 2 || rounds < 1 || rounds > most) return 64;
  for (long round = 0; round < rounds; ++round) taken[round] = read_all(words[1], &files);
  if (files == 0) return 66;
  qsort(taken, (size_t)rounds, sizeof *taken, by_value);
  printf("%.0f\n", taken[rounds / 2] / (double)files);
  return 0;
}
