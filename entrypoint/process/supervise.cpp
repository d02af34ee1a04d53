#include "process/supervise.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <optional>

#include "core/exit_code.hpp"
#include "process/signals.hpp"

namespace pge {
namespace {

/// Reaps all that has ended: one SIGCHLD stands for many. Stopped children are not reported without
/// WUNTRACED.
std::optional<Outcome> reap(pid_t main_child) noexcept {
  std::optional<Outcome> ended;
  for (;;) {
    int status = 0;
    const pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid == main_child) {
      ended = outcome_of(status);
    } else if (pid < 0 && errno != EINTR) {
      // ECHILD although the main child was not reaped here: its status is lost, and no further SIGCHLD will come.
      if (!ended) ended = Exited{static_cast<int>(ExitCode::internal)};
      return ended;
    } else if (pid == 0) {
      return ended;
    }
  }
}

/// A signal that concerns this process only.
bool is_our_own(const siginfo_t& info, pid_t self) noexcept {
  if (info.si_signo == SIGCHLD || is_fault_signal(info.si_signo)) return true;
  // For SIGPIPE and SIGXFSZ the kernel reports SI_USER and this process's own pid.
  if (info.si_code == SI_USER || info.si_code == SI_TKILL) return info.si_pid == self;
  if (info.si_code != SI_KERNEL) return false;
  return info.si_signo == SIGTTIN || info.si_signo == SIGTTOU || info.si_signo == SIGXCPU;
}

/// Waits for a signal; 0 when `deadline` has passed.
int next_signal(const sigset_t& set, siginfo_t& info, std::optional<Clock::time_point> deadline) noexcept {
  if (!deadline) return sigwaitinfo(&set, &info);
  const auto left = std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(*deadline - Clock::now()));
  const timespec timeout{.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000),
                         .tv_nsec = static_cast<long>(left.count() % 1'000'000'000)};
  const int number = sigtimedwait(&set, &info, &timeout);
  return number < 0 && errno == EAGAIN ? 0 : number;
}

}  // namespace

SupervisionEnd supervise(pid_t main_child, const SuperviseOptions& options) noexcept {
  const pid_t self = getpid();
  const sigset_t set = blocked_signals();
  std::optional<Clock::time_point> kill_at;
  int stop_signal = 0;
  // Reap before the first wait too, because an earlier reaper may have consumed the SIGCHLD.
  std::optional<Outcome> ended = reap(main_child);
  while (!ended) {
    siginfo_t info{};
    const int number = next_signal(set, info, kill_at);
    if (number == 0) {
      kill(main_child, SIGKILL);
      kill_at.reset();
    } else if (number == SIGCHLD) {
      ended = reap(main_child);
    } else if (number > 0 && !is_our_own(info, self)) {
      const bool stop = options.stops.contain(number);
      if (!stop && !options.forward_all) continue;
      // Not reaped yet, so the pid is still the child's: at worst a zombie gets the signal.
      kill(main_child, number);
      if (!stop || stop_signal != 0) continue;
      stop_signal = number;
      if (options.kill_after.count() > 0) kill_at = Clock::now() + options.kill_after;
    }
  }
  return {.outcome = *ended, .stop_signal = stop_signal};
}

}  // namespace pge
