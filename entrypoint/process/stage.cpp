#include "process/stage.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <format>
#include <system_error>

#include "core/exit_code.hpp"

namespace pge {
namespace {

constexpr int internal = static_cast<int>(ExitCode::internal);

int status_of(const std::function<int()>& stage) noexcept {
  try {
    return stage();
  } catch (const std::exception& error) {
    static_cast<void>(fprintf(stderr, "pg-entrypoint: internal error: %s\n", error.what()));
  } catch (...) {
    static_cast<void>(fputs("pg-entrypoint: internal error: an unknown exception\n", stderr));
  }
  return internal;
}

[[noreturn]] void run_stage(const std::function<int()>& stage, pid_t parent) noexcept {
  setpgid(0, 0);
  // The parent may be gone before the prctl: then nobody would send the signal.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(internal);
  const int status = status_of(stage);
  static_cast<void>(fflush(nullptr));
  _exit(status);  // not exit: the destructors of what main holds are the parent's
}

}  // namespace

Result<pid_t> fork_stage(const std::function<int()>& stage) {
  static_cast<void>(fflush(nullptr));  // else what is buffered would be written twice
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return fail(ExitCode::internal, std::format("fork: {}", std::generic_category().message(errno)));
  if (child == 0) run_stage(stage, parent);
  return child;
}

}  // namespace pge
