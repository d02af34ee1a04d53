#include "harness.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace pge::test {
namespace {

[[noreturn]] void become(const std::vector<std::string>& argv, const Setup& setup) {
  close_range(STDERR_FILENO + 1, ~0U, 0);  // whoever runs the tests may leak some
  if (setup.close_stdin) close(STDIN_FILENO);
  if (setup.give_descriptor_3) dup2(STDERR_FILENO, 3);
  for (int number = 1; number <= 64; ++number) {
    if ((setup.ignored >> (number - 1) & 1U) != 0) signal(number, SIG_IGN);
  }
  for (const std::string& entry : setup.environment) {
    const std::size_t equals = entry.find('=');
    setenv(entry.substr(0, equals).c_str(), entry.c_str() + equals + 1, 1);
  }
  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(strdup(argument.c_str()));
  arguments.push_back(nullptr);
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &setup.blocked, nullptr, sizeof setup.blocked);
  execvp(arguments[0], arguments.data());
  _exit(98);
}

}  // namespace

Process::Process(const std::vector<std::string>& argv, const Setup& setup) {
  std::vector<std::string> words;
  if (setup.as_init) words = {"unshare", "-pf", "--kill-child", "--mount-proc"};
  words.insert(words.end(), argv.begin(), argv.end());
  if (setup.terminal) {
    pid_ = forkpty(&output_fd_, nullptr, nullptr, nullptr);
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) become(words, setup);
  } else {
    int ends[2] = {};
    REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
    pid_ = fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      dup2(ends[1], STDERR_FILENO);
      become(words, setup);
    }
    close(ends[1]);
    output_fd_ = ends[0];
  }
  fcntl(output_fd_, F_SETFL, O_NONBLOCK);
  fcntl(output_fd_, F_SETFD, FD_CLOEXEC);
}

Process::~Process() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(output_fd_);
}

void Process::read_some() {
  char buffer[4096];
  for (ssize_t length = 0; (length = read(output_fd_, buffer, sizeof buffer)) > 0;) {
    output_.append(buffer, static_cast<std::size_t>(length));
  }
}

bool Process::wait_for(const std::string& text) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (std::chrono::steady_clock::now() < deadline) {
    read_some();
    if (output_.contains(text)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

void Process::type(const std::string& keys) const {
  REQUIRE(write(output_fd_, keys.data(), keys.size()) == static_cast<ssize_t>(keys.size()));
}

Ended Process::finish(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (std::chrono::steady_clock::now() < deadline) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      read_some();
      return {.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), .output = output_};
    }
    read_some();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return {.status = -1, .output = output_};
}

std::string child_program(const std::string& name) {
  return std::string(PGE_TEST_CHILDREN) + "/" + name;
}

std::vector<std::string> driver(std::vector<std::string> options, const std::string& name,
                                const std::vector<std::string>& arguments) {
  options.insert(options.begin(), child_program("supervise_driver"));
  options.emplace_back("--");
  options.push_back(name.contains('/') ? name : child_program(name));
  options.insert(options.end(), arguments.begin(), arguments.end());
  return options;
}

Ended run(const std::vector<std::string>& argv, const Setup& setup) {
  return Process(argv, setup).finish();
}

std::string value_of(const std::string& output, const std::string& key) {
  const std::size_t at = ("\n" + output).find("\n" + key + "=");
  if (at == std::string::npos) return "(missing)";
  const std::size_t begin = at + key.size() + 1;
  return output.substr(begin, output.find_first_of("\r\n", begin) - begin);
}

}  // namespace pge::test
