#pragma once

#include <string_view>

#include "core/exit_code.hpp"
#include "core/next.hpp"

namespace pge {

struct Verdict {
  ExitCode code;
  Next next;
};

/// What an SQLSTATE means for us, unless the caller knows better (see `explain_failure`). Codes without a rule are
/// `migration_failed`, and nothing is tried again. (PostgreSQL manual, appendix A.)
Verdict classify(std::string_view sqlstate) noexcept;

}  // namespace pge
