#pragma once

#include <cstdint>

namespace pge {

/// What a child does between fork and execve, in this order; `none` where one is named that failed and none did.
enum class ExecStep : std::uint8_t {
  none,
  redirect,
  setgroups,
  setgid,
  setuid,
  verify,       ///< of the identity
  parent_gone,  ///< before it could be told to send the signal of its death
  exec,
};

/// What a failure of that step is called in a message.
constexpr const char* name_of(ExecStep step) noexcept {
  switch (step) {
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
    case ExecStep::parent_gone:
      return "its parent";
    case ExecStep::none:
    case ExecStep::exec:
      break;
  }
  return "exec";
}

}  // namespace pge
