// The only file that includes Boost.Process. docs/adr/0004-launcher.md says why it gets a launcher of our
// own.
#define BOOST_PROCESS_USE_STD_FS
#include "process/launch.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/process/v2/process.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <format>
#include <optional>
#include <system_error>
#include <utility>

#include "process/program.hpp"

namespace pge {
namespace {

namespace asio = boost::asio;
namespace bp = boost::process::v2;

class Pipe {
 public:
  Pipe() noexcept : open_(pipe2(ends_, O_CLOEXEC) == 0) {}
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
    const pid_t parent = getpid();
    Pipe pipe;
    if (pipe.is_open()) pid = fork();
    if (pid < 0) {
      error.assign(errno, boost::system::system_category());
      return bp::basic_process<Executor>(executor);
    }
    if (pid == 0) {
      const ExecFailure step = program.become(inherited_, parent);
      [[maybe_unused]] const ssize_t written = write(pipe.writer(), &step, sizeof step);
      _exit(EXIT_FAILURE);  // not exit: atexit handlers and buffers belong to the parent
    }
    pipe.close_writer();
    ExecFailure reported;
    if (read_all(pipe.reader(), reported)) {
      failure = reported;
      while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) continue;
      return bp::basic_process<Executor>(executor);
    }
    try {
      return bp::basic_process<Executor>(executor, pid);
    } catch (const boost::system::system_error&) {
      // Its constructor opens a pidfd, which old kernels and some seccomp profiles refuse. The child is running anyway.
      return bp::basic_process<Executor>(executor);
    }
  }

  pid_t pid = -1;
  std::optional<ExecFailure> failure;

 private:
  static bool read_all(int fd, ExecFailure& failure) noexcept {
    ssize_t length = 0;
    do {
      length = read(fd, &failure, sizeof failure);
    } while (length < 0 && errno == EINTR);
    return length == static_cast<ssize_t>(sizeof failure);  // less than PIPE_BUF: whole or not at all
  }

  const SignalState& inherited_;
};

}  // namespace

Result<pid_t> spawn(const Command& command, const SignalState& inherited) {
  auto program = Program::prepare(command);
  if (!program) return fail(std::move(program.error()));
  Launcher launcher(inherited);
  try {
    asio::io_context context(1);
    boost::system::error_code error;
    auto process = launcher(context.get_executor(), error, *program);
    if (error)
      return fail(ExitCode::internal, std::format("cannot start {}: fork: {}", program->path(), error.message()));
    if (launcher.failure) return fail(program->explain(*launcher.failure));
    process.detach();  // else its destructor would kill the child; waitpid has one owner, and that is not Boost
  } catch (const std::exception& problem) {
    if (launcher.pid <= 0)
      return fail(ExitCode::internal, std::format("cannot start {}: {}", program->path(), problem.what()));
  }
  return launcher.pid;
}

}  // namespace pge
