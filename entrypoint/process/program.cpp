#include "process/program.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/environment_list.hpp"
#include "process/terminal.hpp"

namespace pge {
namespace {

// execve(2) takes `char* const[]` for historical reasons and writes to none of them.
std::vector<char*> c_strings(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

ExecFailure failed(ExecStep step) noexcept {
  return {.step = step, .error = errno, .candidate = 0};
}

/// The program gets its own process group, which becomes the terminal's foreground group if ours is that. Then Ctrl-C
/// reaches it once, from the terminal, and not a second time from the supervisor. SIGTTOU is blocked here; otherwise a
/// background process would stop itself. Without the one or the other, as under a seccomp profile that refuses the
/// call, it runs all the same.
void lead_own_group(ProcessGroup group, pid_t parent) noexcept {
  const bool foreground = group == ProcessGroup::foreground && is_in_foreground(parent);
  if (setpgid(0, 0) == 0 && foreground) tcsetpgrp(STDIN_FILENO, getpgrp());
}

bool redirect(int output) noexcept {
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing >= 0) dup2(nothing, STDIN_FILENO);
  if (nothing < 0) close(STDIN_FILENO);  // an image without /dev/null
  return dup2(output, STDOUT_FILENO) >= 0 && dup2(output, STDERR_FILENO) >= 0;
}

/// A copy without O_CLOEXEC. Shells name descriptors by one digit, and programs get the lowest that are free. Where so
/// many descriptors are not allowed, and none can be had, it is not kept.
void keep_open(int fd) noexcept {
  constexpr int out_of_the_way = 200;
  if (fcntl(fd, F_DUPFD, out_of_the_way) < 0) fcntl(fd, F_DUPFD, STDERR_FILENO + 1);
}

}  // namespace

Program::Program(Command command, std::vector<std::string> candidates)
    : command_(std::move(command)),
      candidates_(std::move(candidates)),
      argv_(c_strings(command_.argv)),
      environment_(c_strings(command_.environment)) {}

Result<Program> Program::prepare(Command command) {
  if (command.identity) {
    if (auto allowed = check_identity(*command.identity); !allowed) return fail(std::move(allowed.error()));
    set_variable(command.environment, "HOME", command.identity->home);
  }
  auto candidates = find_candidates(command);
  if (!candidates) return fail(std::move(candidates.error()));
  return Program(std::move(command), std::move(*candidates));
}

ExecFailure Program::become(const SignalState& inherited, pid_t parent) const noexcept {
  if (parent != 0) lead_own_group(command_.group, parent);
  if (command_.output >= 0 && !redirect(command_.output)) return failed(ExecStep::redirect);
  if (command_.kept_open >= 0) keep_open(command_.kept_open);
  if (command_.identity) {
    if (const ExecStep step = assume_identity(*command_.identity); step != ExecStep::none) return failed(step);
  }
  // After the change of identity, which clears it (prctl(2), PR_SET_PDEATHSIG).
  if (command_.parent_death_signal != 0) {
    prctl(PR_SET_PDEATHSIG, command_.parent_death_signal);
    if (parent != 0 && getppid() != parent) {
      errno = ESRCH;
      return failed(ExecStep::parent_gone);
    }
  }
  restore_signals(inherited);
  return exec();
}

ExecFailure Program::exec() const noexcept {
  // Searches as execvp(3) does, except that a file of unknown format is an error and not a script for /bin/sh.
  ExecFailure refused;
  ExecFailure last;
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    execve(candidates_[i].c_str(), argv_.data(), environment_.data());
    last = {.step = ExecStep::exec, .error = errno, .candidate = static_cast<std::uint32_t>(i)};
    if (last.error == EACCES) {
      if (refused.error == 0) refused = last;
    } else if (last.error != ENOENT && last.error != ENOTDIR && last.error != ESTALE && last.error != ENODEV &&
               last.error != ETIMEDOUT) {
      return last;
    }
  }
  return refused.error != 0 ? refused : last;
}

}  // namespace pge
