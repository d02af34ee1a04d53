#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "temporary_directory.hpp"

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

}  // namespace pge::test
