#include "process/signals.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <iterator>

namespace pge {
namespace {

constexpr int fault_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};

// The kernel's sigset_t is 64 bits; glibc's is larger and begins with them.
constexpr long kernel_sigset_bytes = 8;

constexpr std::uint64_t all_but_faults() {
  std::uint64_t mask = ~std::uint64_t{0};
  for (const int number : fault_signals) mask &= ~(std::uint64_t{1} << static_cast<unsigned>(number - 1));
  return mask;
}

// The mask that block_signals_at_start has replaced. No static initialiser may set these again.
constinit bool blocked_at_start = false;
constinit sigset_t mask_at_start{};

void set_disposition(int number, void (*handler)(int)) noexcept {
  struct sigaction action{};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, nullptr);
}

}  // namespace

bool is_fault_signal(int number) noexcept {
  return std::ranges::find(fault_signals, number) != std::end(fault_signals);
}

sigset_t blocked_signals() noexcept {
  sigset_t set;
  sigfillset(&set);
  for (const int number : fault_signals) sigdelset(&set, number);
  return set;
}

__attribute__((no_sanitize("address", "undefined"))) void block_signals_at_start() noexcept {
  static constexpr std::uint64_t blocked = all_but_faults();
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &blocked, &mask_at_start, kernel_sigset_bytes);
  blocked_at_start = true;
}

SignalState block_all_signals() noexcept {
  SignalState inherited;
  const sigset_t blocked = blocked_signals();
  sigprocmask(SIG_SETMASK, &blocked, &inherited.mask);
  if (blocked_at_start) inherited.mask = mask_at_start;
  sigemptyset(&inherited.ignored);
  for (int number = 1; number <= SIGRTMAX; ++number) {
    struct sigaction action{};
    if (sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) {
      sigaddset(&inherited.ignored, number);
    }
  }
  set_disposition(SIGCHLD, SIG_DFL);
  return inherited;
}

void restore_signals(const SignalState& inherited) noexcept {
  for (int number = 1; number <= SIGRTMAX; ++number) {
    set_disposition(number, sigismember(&inherited.ignored, number) == 1 ? SIG_IGN : SIG_DFL);
  }
  // glibc's sigprocmask silently leaves out its own signals 32 and 33; a mask that had them must have them again.
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &inherited.mask, nullptr, kernel_sigset_bytes);
}

int pending_stop(const StopSignals& stops) noexcept {
  const timespec now{};
  const int number = sigtimedwait(&stops.set(), nullptr, &now);
  return number > 0 ? number : 0;
}

}  // namespace pge
