#include "process/supervise.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <optional>

#include "core/exit_code.hpp"
#include "process/own_process.hpp"
#include "process/signals.hpp"

namespace pge {
namespace {

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

class Supervision {
 public:
  Supervision(pid_t child, const SuperviseOptions& options) noexcept
      : child_(child), options_(options), wait_flags_(WNOHANG | (has_terminal() ? WUNTRACED : 0)) {}

  SupervisionEnd run() noexcept {
    const sigset_t set = blocked_signals();
    // Reap before the first wait too, because an earlier reaper may have consumed the SIGCHLD.
    reap();
    while (!ended_) {
      siginfo_t info{};
      const int number = next_signal(set, info, pass_on_at_ ? pass_on_at_ : kill_at_);
      if (number == 0) time_is_up();
      if (number > 0) take(info);
    }
    return {.outcome = *ended_, .stop_signal = stop_signal_, .killed = killed_};
  }

 private:
  bool has_terminal() const noexcept { return options_.terminal != nullptr && options_.terminal->is_ours(); }

  /// Reaps all that has ended: one SIGCHLD stands for many. A stopped child has not ended.
  void reap() noexcept {
    for (;;) {
      int status = 0;
      const pid_t pid = waitpid(-1, &status, wait_flags_);
      if (pid > 0 && WIFSTOPPED(status)) {
        if (pid == child_) options_.terminal->child_stopped(WSTOPSIG(status));
      } else if (pid == child_) {
        ended_ = outcome_of(status);
      } else if (pid < 0 && errno != EINTR) {
        // ECHILD although the main child was not reaped here: its status is lost, and no further SIGCHLD will come.
        if (!ended_) ended_ = Exited{static_cast<int>(ExitCode::internal)};
        return;
      } else if (pid == 0) {
        return;
      }
    }
  }

  void take(const siginfo_t& info) noexcept {
    const int number = info.si_signo;
    if (number == SIGCHLD) return reap();
    if (is_our_own(info, self_)) {
      if (has_terminal() && (number == SIGTTIN || number == SIGTTOU)) options_.terminal->give_to_own_group();
      return;
    }
    if (number == SIGCONT && has_terminal()) return options_.terminal->continued();
    const bool stop = options_.forward_all ? options_.stops.end_serving(number) : options_.stops.contain(number);
    if (!stop && !options_.forward_all) return;
    const int passed_on = options_.rules.instead_of(number);
    if (passed_on == 0) return;
    if (!stop) return send(passed_on);
    const bool first = stop_signal_ == 0;
    if (first) stop_signal_ = number;
    if (first && options_.hold_stop.count() > 0) return hold(passed_on);
    if (pass_on_at_ && passed_on != held_) send(held_);
    pass_on_stop(passed_on);
  }

  void hold(int number) noexcept {
    held_ = number;
    pass_on_at_ = Clock::now() + options_.hold_stop;
    set_process_name("pge:draining");
  }

  void pass_on_stop(int number) noexcept {
    pass_on_at_.reset();
    send(number);
    if (!kill_at_ && !killed_ && options_.kill_after.count() > 0) kill_at_ = Clock::now() + options_.kill_after;
  }

  void time_is_up() noexcept {
    if (pass_on_at_) return pass_on_stop(held_);
    killed_ = true;
    kill_at_.reset();
    send(SIGKILL);
  }

  /// Not reaped yet, so the pid is still the child's: at worst a zombie gets the signal.
  void send(int number) const noexcept {
    // A child that could not get a group of its own leads none.
    if (options_.to_group && kill(-child_, number) == 0) return;
    kill(child_, number);
  }

  const pid_t self_ = getpid();
  const pid_t child_;
  const SuperviseOptions& options_;
  const int wait_flags_;
  std::optional<Outcome> ended_;
  std::optional<Clock::time_point> pass_on_at_;
  std::optional<Clock::time_point> kill_at_;
  int held_ = 0;
  int stop_signal_ = 0;
  bool killed_ = false;
};

}  // namespace

SupervisionEnd supervise(pid_t main_child, const SuperviseOptions& options) noexcept {
  return Supervision(main_child, options).run();
}

}  // namespace pge
