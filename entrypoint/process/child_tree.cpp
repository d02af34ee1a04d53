#include "process/child_tree.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "core/exit_code.hpp"
#include "process/descendants.hpp"

namespace pge {

bool ChildTree::reap() noexcept {
  for (;;) {
    int status = 0;
    const pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid == leader_) outcome_ = outcome_of(status);
    if (pid == 0) return true;
    if (pid < 0 && errno != EINTR) {
      if (!outcome_) outcome_ = Exited{static_cast<int>(ExitCode::internal)};  // somebody else has reaped it
      return false;
    }
  }
}

void ChildTree::signal(int number) const noexcept {
  Descendants below;
  // While the leader is not reaped, the group's number is certainly its own, and the group gets the signal at one
  // moment, whatever it forks meanwhile.
  const bool as_group = !outcome_ || !below.readable();
  if (as_group) {
    kill(-leader_, number);
    kill(-leader_, SIGCONT);
  }
  while (const pid_t pid = below.next()) {
    if (as_group && getpgid(pid) == leader_) continue;
    kill(pid, number);
    kill(pid, SIGCONT);
  }
}

}  // namespace pge
