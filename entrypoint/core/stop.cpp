#include "core/stop.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <ctime>
#include <iterator>

#include "core/exit_code.hpp"
#include "core/patience.hpp"

namespace pge {
namespace {

volatile std::sig_atomic_t forced_status = 0;

extern "C" void exit_at_once(int number) {
  _exit(forced_status != 0 ? static_cast<int>(forced_status) : signal_exit_status(number));
}

int poll_timeout(std::optional<Clock::time_point> deadline) noexcept {
  if (!deadline) return -1;
  const auto left = std::chrono::ceil<milliseconds>(*deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, INT_MAX));
}

}  // namespace

StopSignals::StopSignals() noexcept {
  sigemptyset(&set_);
  sigemptyset(&named_);
  for (const int number : usual_stops) sigaddset(&set_, number);
}

int stop_to_pass_on(int number) noexcept {
  return std::ranges::contains(usual_stops, number) ? number : SIGTERM;
}

StopToken::StopToken(const StopSignals& signals)
    : signals_(signals), fd_(signalfd(-1, &signals.set(), SFD_CLOEXEC | SFD_NONBLOCK)) {}

StopToken::~StopToken() {
  if (fd_ >= 0) close(fd_);
}

void StopToken::drain() noexcept {
  // Without a signalfd, which a seccomp profile may refuse: from the queue itself.
  const timespec now{};
  for (;;) {
    signalfd_siginfo info{};
    int number = 0;
    if (fd_ < 0) {
      number = sigtimedwait(&signals_.set(), nullptr, &now);
    } else if (read(fd_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      number = static_cast<int>(info.ssi_signo);
    }
    if (number <= 0) return;
    if (first_ == 0) first_ = number;
    ++count_;
  }
}

int StopToken::requested() noexcept {
  drain();
  return first_;
}

int StopToken::count() noexcept {
  drain();
  return count_;
}

Woke StopToken::wait(int fd, short events, std::optional<Clock::time_point> deadline, int seen) noexcept {
  for (;;) {
    if (count() > seen) return Woke::stopped;
    pollfd watched[2] = {{.fd = fd_, .events = POLLIN, .revents = 0}, {.fd = fd, .events = events, .revents = 0}};
    const auto look =
        fd_ >= 0 ? deadline
                 : std::min(deadline.value_or(Clock::time_point::max()), Clock::now() + patience::without_signalfd);
    const int ready = poll(watched, 2, poll_timeout(look));
    if (ready < 0 && errno != EINTR) return Woke::timeout;
    if (count() > seen) return Woke::stopped;
    if (ready > 0 && watched[1].revents != 0) return Woke::ready;
    if (deadline && Clock::now() >= *deadline) return Woke::timeout;
  }
}

Result<> StopToken::pause(milliseconds duration) {
  if (sleep(duration) == Woke::stopped) return fail(stopped_by(requested()));
  return {};
}

DeliverStops::DeliverStops(const StopToken& stop) {
  forced_status = stop.forced_status();
  struct sigaction action{};
  action.sa_handler = exit_at_once;
  sigemptyset(&action.sa_mask);
  previous_.reserve(std::size(usual_stops) + 1);
  for (int number = 1; number <= SIGRTMAX; ++number) {
    if (!stop.signals().contain(number)) continue;
    previous_.push_back({.number = number, .action = {}});
    sigaction(number, &action, &previous_.back().action);
  }
  sigprocmask(SIG_UNBLOCK, &stop.signals().set(), &previous_mask_);
}

DeliverStops::~DeliverStops() {
  sigprocmask(SIG_SETMASK, &previous_mask_, nullptr);
  for (const Previous& previous : previous_) sigaction(previous.number, &previous.action, nullptr);
}

}  // namespace pge
