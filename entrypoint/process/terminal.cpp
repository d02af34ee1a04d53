#include "process/terminal.hpp"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <initializer_list>

namespace pge {
namespace {

/// As the kernel would stop it: not where the group is orphaned, or where the signal is ignored. Returns whether it was
/// stopped, when it has been continued; the SIGCONT is still queued then.
bool stop_own_group(int number) noexcept {
  // SIGSTOP would stop even a group that nobody continues.
  const int polite = number == SIGSTOP ? SIGTSTP : number;
  kill(0, polite);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, polite);
  sigset_t blocked;
  sigprocmask(SIG_UNBLOCK, &set, &blocked);  // it takes effect here
  sigprocmask(SIG_SETMASK, &blocked, nullptr);
  return sigpending(&set) == 0 && sigismember(&set, SIGCONT) == 1;
}

}  // namespace

bool is_in_foreground(pid_t supervisor) noexcept {
  return supervisor == 1 || tcgetpgrp(STDIN_FILENO) == getpgrp();
}

Terminal::Terminal() noexcept {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (tcgetpgrp(fd) < 0) continue;
    descriptor_ = fd;
    own_group_ = getpgrp();  // 0: it belongs to another PID namespace
    break;
  }
  lent_ = is_ours() && is_in_foreground(getpid());
}

pid_t Terminal::foreground() const noexcept {
  return tcgetpgrp(descriptor_);
}

bool Terminal::give_to(pid_t group) const noexcept {
  return tcsetpgrp(descriptor_, group) == 0;
}

void Terminal::continue_child(bool lend) noexcept {
  if (lend && foreground() == own_group_ && give_to(child_group_)) lent_ = true;
  // Where it could not get a group of its own there is only itself.
  if (kill(-child_group_, SIGCONT) != 0) kill(child_group_, SIGCONT);
}

void Terminal::child_stopped(int number) noexcept {
  if (!is_ours()) return;
  const pid_t front = foreground();
  const bool wants_it = number == SIGTTIN || number == SIGTTOU;
  // A shell has brought us to the foreground, and the child has not had the terminal since.
  if (front == own_group_ && wants_it) return continue_child(true);
  if (front == child_group_) give_to(own_group_);
  if (stop_own_group(number)) return;  // the SIGCONT leads to `continued`
  // Nobody stops us, so nobody would continue the child either. Who sends SIGSTOP knows what he does.
  if (number != SIGSTOP) return continue_child(lent_);
  if (front == child_group_) give_to(child_group_);
}

void Terminal::continued() noexcept {
  if (is_ours()) continue_child(lent_);
}

void Terminal::give_to_own_group() noexcept {
  if (!is_ours() || foreground() != child_group_) return;
  give_to(own_group_);
  kill(-own_group_, SIGCONT);
}

void Terminal::take_back() noexcept {
  if (!is_ours() || !lent_) return;
  const pid_t front = foreground();
  // A group that still exists may be that of a shell which has put us into the background meanwhile.
  const bool is_left = front == child_group_ || (kill(-front, 0) != 0 && errno == ESRCH);
  if (front > 0 && front != own_group_ && is_left) give_to(own_group_);
}

}  // namespace pge
