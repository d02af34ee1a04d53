#include "process/run_child.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <format>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "core/descriptor.hpp"
#include "core/patience.hpp"
#include "process/launch.hpp"

namespace pge {
namespace {

constexpr std::size_t long_line = std::size_t{15} << 10U;  // cut at the next blank
constexpr std::size_t longest_line = std::size_t{16} << 10U;
constexpr std::size_t one_read = std::size_t{16} << 10U;  // then signals and deadlines are checked
constexpr int reads_at_the_end = 5;                       // more than a pipe holds (pipe(7): 64 KiB)

/// Cuts what is read into lines.
class Lines {
 public:
  explicit Lines(const std::function<void(std::string_view)>& tell) : tell_(tell) {}

  void add(std::string_view text) {
    for (const char c : text) {
      const bool blank = c == ' ' || c == '\t';
      if (c == '\n' || c == '\r' || (blank && rest_.size() >= long_line) || rest_.size() >= longest_line) flush();
      if (c != '\n' && c != '\r') rest_ += c;
    }
  }
  void flush() {
    if (!rest_.empty()) tell_(rest_);
    rest_.clear();
  }

 private:
  const std::function<void(std::string_view)>& tell_;
  std::string rest_;
};

class RunningChild {
 public:
  RunningChild(const ChildCare& care, StopToken& stop)
      : care_(care), stop_(stop), lines_(care.line), check_at_(Clock::now() + care.check_every) {}

  Result<> start(Command command, const SignalState& inherited) {
    int ends[2] = {-1, -1};
    if (pipe2(ends, O_CLOEXEC) != 0) return no_resource("pipe");
    output_.reset(ends[0]);
    const Descriptor writer(ends[1]);
    fcntl(output_.get(), F_SETFL, O_NONBLOCK);
    command.output = writer.get();
    command.group = ProcessGroup::background;
    command.parent_death_signal = SIGKILL;
    ready_.reset(epoll_create1(EPOLL_CLOEXEC));
    if (ready_.get() < 0) return no_resource("epoll");
    auto pid = spawn(command, inherited);
    if (!pid) return fail(pid.error());
    pid_ = *pid;
    // A pidfd is missing on old kernels and refused by some seccomp profiles. Then the child's end is polled for.
    pidfd_.reset(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
    watch(output_.get());
    if (pidfd_.get() >= 0) watch(pidfd_.get());
    return {};
  }

  Result<Outcome> wait() {
    for (;;) {
      const Woke woke = stop_.wait(ready_.get(), EPOLLIN, next_deadline(), seen_stops_);
      read_output(1);
      if (const auto outcome = reaped()) return ended(*outcome);
      if (woke == Woke::stopped) pass_on_stop();
      const auto now = Clock::now();
      if (kill_at_ && now >= *kill_at_) end_group(SIGKILL, std::nullopt);
      if (now >= check_at_) look_after();
    }
  }

 private:
  static std::unexpected<Error> no_resource(const char* what) {
    return fail(ExitCode::internal, std::format("{}: {}", what, std::generic_category().message(errno)));
  }

  void watch(int fd) const noexcept {
    epoll_event event{.events = EPOLLIN, .data = {}};
    epoll_ctl(ready_.get(), EPOLL_CTL_ADD, fd, &event);
  }

  Clock::time_point next_deadline() const {
    auto next = check_at_;
    if (kill_at_) next = std::min(next, *kill_at_);
    if (pidfd_.get() < 0) next = std::min(next, Clock::now() + patience::without_pidfd);
    return next;
  }

  void read_output(int most) {
    std::array<char, one_read> buffer{};
    for (; most > 0 && output_.get() >= 0; --most) {
      const ssize_t length = read(output_.get(), buffer.data(), buffer.size());
      if (length > 0) {
        lines_.add({buffer.data(), static_cast<std::size_t>(length)});
      } else if (length < 0 && errno == EINTR) {
        continue;
      } else {
        if (length == 0 || errno != EAGAIN) output_.reset();  // closing takes it out of the epoll set as well
        return;
      }
    }
  }

  /// When the child has ended, the rest of its process group is ended too, so that nothing of it continues without the
  /// lock.
  std::optional<Outcome> reaped() const noexcept {
    siginfo_t info{};
    if (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0) {
      return std::nullopt;
    }
    kill(-pid_, SIGKILL);  // not reaped yet, so that the number is still its own
    int status = 0;
    pid_t pid = 0;
    do {
      pid = waitpid(pid_, &status, 0);
    } while (pid < 0 && errno == EINTR);
    if (pid < 0) return Exited{static_cast<int>(ExitCode::internal)};
    return outcome_of(status);
  }

  Result<Outcome> ended(const Outcome& outcome) {
    read_output(reads_at_the_end);  // what it wrote last
    lines_.flush();
    if (failure_) return fail(*std::move(failure_));
    if (asked_ != 0 && !care_.finish_on_stop) return fail(stopped_by(asked_));
    if (asked_ != 0 && !std::holds_alternative<Exited>(outcome)) return fail(stopped_by(asked_));
    return outcome;
  }

  void pass_on_stop() {
    seen_stops_ = stop_.count();
    asked_ = stop_.requested();
    const int ends_it = care_.finish_on_stop ? 2 : 1;
    if (seen_stops_ == ends_it) end_group(stop_to_pass_on(asked_), Clock::now() + care_.end_within);
    if (seen_stops_ > ends_it) end_group(SIGKILL, std::nullopt);
  }

  void look_after() {
    check_at_ = Clock::now() + care_.check_every;
    if (failure_ || (asked_ != 0 && !care_.finish_on_stop) || !care_.check) return;
    if (auto fine = care_.check(); !fine) {
      failure_ = fine.error();
      end_group(SIGTERM, Clock::now() + care_.end_within);
    }
  }

  void end_group(int number, std::optional<Clock::time_point> then_kill) {
    kill(-pid_, number);
    kill(-pid_, SIGCONT);  // a stopped process acts on no signal until it is continued
    kill_at_ = then_kill;
  }

  const ChildCare& care_;
  StopToken& stop_;
  Lines lines_;
  Clock::time_point check_at_;
  Descriptor output_;
  Descriptor pidfd_;
  Descriptor ready_;
  pid_t pid_ = -1;
  int seen_stops_ = 0;
  int asked_ = 0;
  std::optional<Clock::time_point> kill_at_;
  std::optional<Error> failure_;
};

}  // namespace

Result<Outcome> run_child(Command command, const SignalState& inherited, const ChildCare& care, StopToken& stop) {
  if (const int asked = stop.requested(); asked != 0) return fail(stopped_by(asked));
  RunningChild child(care, stop);
  if (auto started = child.start(std::move(command), inherited); !started) return fail(started.error());
  return child.wait();
}

}  // namespace pge
