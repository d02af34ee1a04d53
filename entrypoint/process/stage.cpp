#include "process/stage.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <format>
#include <system_error>

#include "core/exit_code.hpp"

namespace pge {

Result<pid_t> fork_stage() {
  static_cast<void>(fflush(nullptr));  // else what is buffered would be written twice
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) return fail(ExitCode::internal, std::format("fork: {}", std::generic_category().message(errno)));
  if (child > 0) return child;
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // where it is refused, `main` has said so
  // The parent may have died before; then nobody would send the signal.
  if (getppid() != parent) leave_stage(static_cast<int>(ExitCode::internal));
  return 0;
}

void leave_stage(int status) noexcept {
  static_cast<void>(fflush(nullptr));
  _exit(status);
}

void leave_stage_by_fault(const char* what) noexcept {
  static_cast<void>(fprintf(stderr, "pg-entrypoint: internal error: %s\n", what));
  leave_stage(static_cast<int>(ExitCode::internal));
}

}  // namespace pge
