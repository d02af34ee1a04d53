#pragma once

#include <functional>
#include <string_view>

#include "core/error.hpp"
#include "core/patience.hpp"
#include "core/stop.hpp"
#include "process/command.hpp"
#include "process/outcome.hpp"
#include "process/signals.hpp"

namespace pge {

/// How a child is supervised while it runs.
struct ChildCare {
  std::function<void(std::string_view line)> line;  ///< called for each line that it writes, of either stream
  std::function<Result<>()> check;                  ///< called at intervals; an error stops the child and is returned
  milliseconds check_every = patience::child_check;
  bool finish_on_stop = false;                    ///< let a first stop wait for its end
  milliseconds end_within = patience::child_end;  ///< between asking it to end and SIGKILL for its process group
};

/// Run `command` to its end inside a stage, in a process group of its own, without stdin, with both outputs read here.
/// It gets SIGKILL if this process dies. A stop is passed on to its group, and a second one kills it; the result is
/// then the stop, as in every stage. Other errors: those of `spawn` and of `check`.
Result<Outcome> run_child(Command command, const SignalState& inherited, const ChildCare& care, StopToken& stop);

}  // namespace pge
