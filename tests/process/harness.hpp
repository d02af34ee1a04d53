#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pge::test {

struct Setup {
  bool as_init = false;  ///< as PID 1 of a PID namespace of its own
  bool close_stdin = false;
  bool give_descriptor_3 = false;
  bool terminal = false;      ///< stdin, stdout and stderr are a new terminal, and it leads the session
  std::uint64_t blocked = 0;  ///< bit n-1 is signal n
  std::uint64_t ignored = 0;
  std::vector<std::string> environment{};  ///< on top of our own
};

struct Ended {
  int status = -1;     ///< exit code, or 128+n; -1: it did not end in time and was killed
  std::string output;  ///< stdout and stderr
};

/// A process under test.
class Process {
 public:
  explicit Process(const std::vector<std::string>& argv, const Setup& setup = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const noexcept { return pid_; }
  /// Reads until the output has `text` (true) or 10 s have passed.
  bool wait_for(const std::string& text);
  void type(const std::string& keys) const;
  Ended finish(std::chrono::milliseconds timeout = std::chrono::seconds(30));

 private:
  void read_some();

  pid_t pid_ = -1;
  int output_fd_ = -1;
  std::string output_;
};

/// The driver with `options`, and the child program `name` with its arguments after "--".
std::vector<std::string> driver(std::vector<std::string> options, const std::string& name,
                                const std::vector<std::string>& arguments = {});
std::string child_program(const std::string& name);

Ended run(const std::vector<std::string>& argv, const Setup& setup = {});

/// The value of the line "key=value".
std::string value_of(const std::string& output, const std::string& key);

/// A directory that goes away with the test.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  std::string path(const std::string& name = {}) const { return name.empty() ? path_ : path_ + "/" + name; }
  std::string write(const std::string& name, const std::string& text, mode_t mode = 0644) const;

 private:
  std::string path_;
};

}  // namespace pge::test
