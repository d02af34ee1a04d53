#include "process/run_child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
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
#include "process/child_tree.hpp"
#include "process/launch.hpp"
#include "process/own_process.hpp"
#include "process/pipe.hpp"

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
  /// After an exception too, nothing of it may go on.
  ~RunningChild() {
    if (tree_ && tree_->reap()) kill_remaining_children();
  }
  RunningChild(const RunningChild&) = delete;
  RunningChild& operator=(const RunningChild&) = delete;

  Result<> start(Command command, const SignalState& inherited) {
    int ends[2] = {-1, -1};
    if (!open_pipe(ends)) return no_resource("pipe");
    output_.reset(ends[0]);
    const Descriptor writer(ends[1]);
    fcntl(output_.get(), F_SETFL, O_NONBLOCK);
    command.output = writer.get();
    command.group = ProcessGroup::background;
    command.parent_death_signal = SIGKILL;
    ready_.reset(epoll_create1(EPOLL_CLOEXEC));
    if (ready_.get() < 0) return no_resource("epoll");
    become_subreaper();
    auto pid = spawn(std::move(command), inherited);
    if (!pid) return fail(pid.error());
    tree_.emplace(*pid);
    ending_.emplace(*tree_, care_.end_within, care_.ending);
    // A pidfd is missing on old kernels and refused by some seccomp profiles. Then the child's end is polled for.
    pidfd_.reset(static_cast<int>(syscall(SYS_pidfd_open, *pid, 0)));
    for (const int fd : {output_.get(), pidfd_.get(), care_.parent_gone}) watch(fd);
    return {};
  }

  Result<Outcome> wait() {
    for (;;) {
      const Woke woke = stop_.wait(ready_.get(), EPOLLIN, next_deadline(), seen_stops_);
      read_output(1);
      if (!tree_->reap()) return ended(*tree_->outcome());
      if (tree_->outcome() && !ending_->child_ended()) child_has_ended();
      if (woke == Woke::stopped) pass_on_stop();
      if (parent_is_gone()) end_as_orphan();
      ending_->go_on();
      if (ending_->is_hopeless()) return cannot_end();
      if (Clock::now() >= check_at_) look_after();
    }
  }

 private:
  static std::unexpected<Error> no_resource(const char* what) {
    return fail(ExitCode::internal, std::format("{}: {}", what, std::generic_category().message(errno)));
  }

  void watch(int fd) const noexcept {
    epoll_event event{.events = EPOLLIN, .data = {}};
    if (fd >= 0) epoll_ctl(ready_.get(), EPOLL_CTL_ADD, fd, &event);
  }

  Clock::time_point next_deadline() const {
    auto next = check_at_;
    if (ending_->due()) next = std::min(next, *ending_->due());
    if (pidfd_.get() < 0) next = std::min(next, Clock::now() + patience::without_pidfd);
    return next;
  }

  bool parent_is_gone() const noexcept {
    pollfd watched{.fd = care_.parent_gone, .events = POLLIN, .revents = 0};
    return !orphaned_ && care_.parent_gone >= 0 && poll(&watched, 1, 0) > 0;
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

  Result<Outcome> ended(const Outcome& outcome) {
    read_output(reads_at_the_end);  // what it wrote last
    lines_.flush();
    if (failure_) return fail(*std::move(failure_));
    if (asked_ != 0 && !care_.finish_on_stop) return fail(stopped_by(asked_));
    if (asked_ != 0 && !std::holds_alternative<Exited>(outcome)) return fail(stopped_by(asked_));
    return outcome;
  }

  /// The pidfd is of no more use, and would stay readable: the end of the others is polled for.
  void child_has_ended() {
    ending_->child_has_ended();
    pidfd_.reset();
  }

  void pass_on_stop() {
    seen_stops_ = stop_.count();
    asked_ = stop_.requested();
    const int ends_it = care_.finish_on_stop ? 2 : 1;
    if (seen_stops_ == ends_it) ending_->ask(stop_to_pass_on(asked_));
    if (seen_stops_ > ends_it) ending_->kill();
  }

  void look_after() {
    check_at_ = Clock::now() + care_.check_every;
    if (failure_ || (asked_ != 0 && !care_.finish_on_stop) || !care_.check) return;
    if (auto fine = care_.check(); !fine) {
      failure_ = fine.error();
      ending_->ask(SIGTERM);
    }
  }

  void end_as_orphan() {
    orphaned_ = true;
    epoll_ctl(ready_.get(), EPOLL_CTL_DEL, care_.parent_gone, nullptr);  // it stays readable
    failure_ = Error{.code = ExitCode::internal,
                     .message = "the first process of pg-entrypoint was killed, so the migrator was killed too",
                     .hint = "starting again is safe"};
    ending_->kill();
  }

  Result<Outcome> cannot_end() {
    tree_.reset();
    const Leftovers left = find_leftovers();
    return fail(ExitCode::internal,
                left.any ? "processes of the migrator cannot be killed: " + listed(left)
                         : "processes of the migrator are left, but /proc does not show them",
                "end them before you start again: they may still be migrating");
  }

  const ChildCare& care_;
  StopToken& stop_;
  Lines lines_;
  Clock::time_point check_at_;
  Descriptor output_;
  Descriptor pidfd_;
  Descriptor ready_;
  std::optional<ChildTree> tree_;
  std::optional<ChildEnding> ending_;
  int seen_stops_ = 0;
  int asked_ = 0;
  bool orphaned_ = false;
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
