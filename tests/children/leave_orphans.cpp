// leave_orphans COUNT CODE [TRIES]: makes COUNT orphans that end in different ways, waits until its own parent has
// reaped them all (no zombie is left), ends with CODE; with 99 when zombies stay, after TRIES hundredths of a second.
#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace {

void make_orphans(int count) {
  const pid_t middle = fork();
  if (middle == 0) {
    for (int i = 0; i < count; ++i) {
      if (fork() != 0) continue;
      usleep(static_cast<useconds_t>(i % 7) * 1000);
      if (i % 3 == 0) kill(getpid(), SIGKILL);
      _exit(77);
    }
    _exit(0);
  }
  waitpid(middle, nullptr, 0);
}

// Processes whose parent is ours, other than ourselves: alive or zombie.
int siblings() {
  int count = 0;
  DIR* const proc = opendir("/proc");
  if (proc == nullptr) return -1;
  while (const dirent* entry = readdir(proc)) {
    const int pid = std::atoi(entry->d_name);
    if (pid <= 0 || pid == getpid()) continue;
    std::ifstream file(std::string("/proc/") + entry->d_name + "/stat");
    std::string text;
    std::getline(file, text);
    const std::size_t end = text.rfind(')');
    if (end != std::string::npos && std::atoi(text.c_str() + end + 4) == getppid()) ++count;
  }
  closedir(proc);
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 1;
  const int tries = argc > 3 ? std::atoi(argv[3]) : 500;
  constexpr int batch = 100;
  for (int made = 0; made < count; made += batch) make_orphans(batch);
  for (int attempt = 0; attempt < tries; ++attempt) {
    if (siblings() == 0) return argc > 2 ? std::atoi(argv[2]) : 0;
    usleep(10'000);
  }
  std::printf("%d left\n", siblings());
  return 99;
}
