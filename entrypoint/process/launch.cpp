// The only file that includes Boost.Process. docs/adr/0004-launcher.md says why it gets a launcher of our
// own.
#define BOOST_PROCESS_USE_STD_FS
#include "process/launch.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/process/v2/process.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <format>
#include <optional>
#include <system_error>
#include <utility>

#include "process/pipe.hpp"
#include "process/program.hpp"

namespace pge {
namespace {

namespace asio = boost::asio;
namespace bp = boost::process::v2;

class Pipe {
 public:
  Pipe() noexcept : open_(open_pipe(ends_)) {}
  ~Pipe() {
    if (open_) close(ends_[0]);
    if (open_) close_writer();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  bool is_open() const noexcept { return open_; }
  int reader() const noexcept { return ends_[0]; }
  int writer() const noexcept { return ends_[1]; }
  void close_writer() noexcept {
    if (ends_[1] >= 0) close(std::exchange(ends_[1], -1));
  }

 private:
  int ends_[2] = {-1, -1};
  bool open_;
};

/// A launcher in the sense of Boost.Process v2: called with an executor and a program, gives a process.
/// Sets no error for a step that failed in the child: that one, with its errno, is in `failure`.
class Launcher {
 public:
  explicit Launcher(const SignalState& inherited) noexcept : inherited_(inherited) {}

  template <typename Executor>
  bp::basic_process<Executor> operator()(const Executor& executor, boost::system::error_code& error,
                                         const Program& program) {
    if (const int refused = start(program); refused != 0) {
      error.assign(refused, boost::system::system_category());
      return bp::basic_process<Executor>(executor);
    }
    if (failure) return bp::basic_process<Executor>(executor);
    try {
      return bp::basic_process<Executor>(executor, pid);
    } catch (const boost::system::system_error&) {
      // Its constructor opens a pidfd, which old kernels and some seccomp profiles refuse. The child is running anyway.
      return bp::basic_process<Executor>(executor);
    }
  }

  /// Returns errno of fork(2), or 0.
  int start(const Program& program) {
    const pid_t parent = getpid();
    Pipe pipe;
    pid = fork();
    if (pid < 0) return errno;
    if (pid == 0) {
      const ExecFailure step = program.become(inherited_, parent);
      // Without descriptors, or where a seccomp profile refuses the call, there is no pipe.
      if (!pipe.is_open()) leave_as_told(program.explain(step));
      [[maybe_unused]] const ssize_t written = write(pipe.writer(), &step, sizeof step);
      _exit(EXIT_FAILURE);  // not exit: atexit handlers and buffers belong to the parent
    }
    pipe.close_writer();
    if (!pipe.is_open()) await_own_group();
    ExecFailure reported;
    if (pipe.is_open() && read_all(pipe.reader(), reported)) {
      failure = reported;
      while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) continue;
    }
    return 0;
  }

  pid_t pid = -1;
  std::optional<ExecFailure> failure;

 private:
  /// The nearest to "it has called execve" that can be seen without a pipe. A child that gets no group of its own is
  /// not waited for long.
  void await_own_group() const noexcept {
    for (int i = 0; i < 100 && getpgid(pid) == getpgrp(); ++i) usleep(1000);
  }

  static bool read_all(int fd, ExecFailure& failure) noexcept {
    ssize_t length = 0;
    do {
      length = read(fd, &failure, sizeof failure);
    } while (length < 0 && errno == EINTR);
    return length == static_cast<ssize_t>(sizeof failure);  // less than PIPE_BUF: whole or not at all
  }

  [[noreturn]] static void leave_as_told(const Error& error) {
    static_cast<void>(fprintf(stderr, "pg-entrypoint: %s%s%s\n", error.message.c_str(), error.hint.empty() ? "" : ": ",
                              error.hint.c_str()));
    _exit(error.exit_status());
  }

  const SignalState& inherited_;
};

}  // namespace

Result<pid_t> spawn(Command command, const SignalState& inherited) {
  auto program = Program::prepare(std::move(command));
  if (!program) return fail(std::move(program.error()));
  Launcher launcher(inherited);
  int refused = 0;
  try {
    asio::io_context context(1);
    boost::system::error_code error;
    auto process = launcher(context.get_executor(), error, *program);
    refused = error.value();
    process.detach();  // else its destructor would kill the child; waitpid has one owner, and that is not Boost
  } catch (const std::exception&) {
    // The io_context needs descriptors, which are not to be had everywhere; the child needs none.
    if (launcher.pid <= 0) refused = launcher.start(*program);
  }
  if (refused != 0) {
    return fail(ExitCode::internal,
                std::format("cannot start {}: fork: {}", program->path(), std::generic_category().message(refused)));
  }
  if (launcher.failure) return fail(program->explain(*launcher.failure));
  return launcher.pid;
}

}  // namespace pge
