#pragma once

#include <string_view>

#include "core/exit_code.hpp"
#include "core/next.hpp"

namespace pge {

/// What follows from an error: the exit code, and whether trying again may help.
struct Classification {
  ExitCode code;
  Next next;
};

/// What an SQLSTATE means for us, unless the caller knows better (see `explain_failure`). Codes without a rule are
/// `migration_failed`, and nothing is tried again. (PostgreSQL manual, appendix A.)
Classification classify(std::string_view sqlstate) noexcept;

/// Who ends a session with this SQLSTATE, and what to do about it; empty when the code does not say.
std::string_view session_end_hint(std::string_view sqlstate) noexcept;

}  // namespace pge
