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

}  // namespace pge
