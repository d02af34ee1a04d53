#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "process/command.hpp"
#include "process/exec_step.hpp"

namespace pge {

/// The step that failed, and with which errno; travels through a pipe as bytes.
struct ExecFailure {
  ExecStep step = ExecStep::exec;
  int error = 0;
  std::uint32_t candidate = 0;  ///< exec: which of the candidates
};

/// `failure` in words: what is wrong with the file, and what to change in the image. Looks at the file again.
/// ENOENT is not_found (127), anything else cannot_execute (126), as in shells.
Error explain_exec_failure(const Command& command, const std::vector<std::string>& candidates, ExecFailure failure);

}  // namespace pge
