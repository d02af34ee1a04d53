#include "process/terminal.hpp"

#include <unistd.h>

#include <cerrno>
#include <csignal>

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
  if (tcgetpgrp(STDIN_FILENO) < 0) return;
  own_group_ = getpgrp();  // 0: it belongs to another PID namespace
  lent_ = is_in_foreground(getpid());
}

void Terminal::child_stopped(int number) noexcept {
  if (!is_ours()) return;
  const pid_t foreground = tcgetpgrp(STDIN_FILENO);
  // A shell has brought us to the foreground, and the child has not had the terminal since.
  if (foreground == own_group_ && number != SIGTSTP && number != SIGSTOP) return continued();
  if (foreground == child_group_) tcsetpgrp(STDIN_FILENO, own_group_);
  if (stop_own_group(number)) return;  // the SIGCONT leads to `continued`
  // Nobody stops us, so nobody would continue the child either. Who sends SIGSTOP knows what he does.
  if (number != SIGSTOP) return continued();
  if (foreground == child_group_) tcsetpgrp(STDIN_FILENO, child_group_);
}

void Terminal::continued() noexcept {
  if (!is_ours()) return;
  if (tcgetpgrp(STDIN_FILENO) == own_group_ && tcsetpgrp(STDIN_FILENO, child_group_) == 0) lent_ = true;
  kill(-child_group_, SIGCONT);
}

void Terminal::give_to_own_group() noexcept {
  if (!is_ours() || tcgetpgrp(STDIN_FILENO) != child_group_) return;
  tcsetpgrp(STDIN_FILENO, own_group_);
  kill(-own_group_, SIGCONT);
}

void Terminal::take_back() noexcept {
  if (!is_ours() || !lent_) return;
  const pid_t foreground = tcgetpgrp(STDIN_FILENO);
  // A group that still exists may be that of a shell which has put us into the background meanwhile.
  const bool is_left = foreground == child_group_ || (kill(-foreground, 0) != 0 && errno == ESRCH);
  if (foreground > 0 && foreground != own_group_ && is_left) tcsetpgrp(STDIN_FILENO, own_group_);
}

}  // namespace pge
