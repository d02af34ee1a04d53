#pragma once

#include <cstdint>

namespace pge {

/// What a child does between fork and execve, in this order; `none` where one is named that failed and none did.
enum class ExecStep : std::uint8_t {
  none,
  setpgid,
  tcsetpgrp,
  redirect,
  setgroups,
  setgid,
  setuid,
  verify,  ///< of the identity
  parent_death_signal,
  exec,
};

/// What a failure of that step is called in a message.
constexpr const char* name_of(ExecStep step) noexcept {
  switch (step) {
    case ExecStep::setpgid:
      return "setpgid";
    case ExecStep::tcsetpgrp:
      return "tcsetpgrp";
    case ExecStep::redirect:
      return "redirecting its output";
    case ExecStep::setgroups:
      return "setgroups";
    case ExecStep::setgid:
      return "setgid";
    case ExecStep::setuid:
      return "setuid";
    case ExecStep::verify:
      return "verifying the identity";
    case ExecStep::parent_death_signal:
      return "prctl(PR_SET_PDEATHSIG)";
    case ExecStep::none:
    case ExecStep::exec:
      break;
  }
  return "exec";
}

}  // namespace pge
