// Prints what it was started with, one "key=value" a line.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

int main() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("SigBlk:\t")) std::printf("mask=%s\n", line.c_str() + 8);
    if (line.starts_with("SigIgn:\t")) std::printf("ignored=%s\n", line.c_str() + 8);
  }
  status.close();
  std::printf("fds=");
  for (int fd = 0; fd < 256; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) std::printf("%d,", fd);
  }
  uid_t uids[3] = {};
  gid_t gids[3] = {};
  getresuid(&uids[0], &uids[1], &uids[2]);
  getresgid(&gids[0], &gids[1], &gids[2]);
  std::printf("\nuids=%u,%u,%u\ngids=%u,%u,%u\ngroups=", uids[0], uids[1], uids[2], gids[0], gids[1], gids[2]);
  gid_t groups[64] = {};
  const int count = getgroups(64, groups);
  for (int i = 0; i < count; ++i) std::printf("%u,", groups[i]);
  const char* const home = std::getenv("HOME");
  std::printf("\nhome=%s\nleader=%d\nforeground=%d\n", home != nullptr ? home : "(none)", getpgrp() == getpid(),
              tcgetpgrp(0) == getpgrp());
  return 0;
}
