#pragma once

#include <functional>
#include <string_view>

#include "core/error.hpp"
#include "core/patience.hpp"
#include "core/stop.hpp"
#include "process/child_ending.hpp"
#include "process/command.hpp"
#include "process/outcome.hpp"
#include "process/signals.hpp"

namespace pge {

/// How a child is supervised while it runs.
struct ChildCare {
  std::function<void(std::string_view line)> line;  ///< called for each line that it writes, of either stream
  std::function<Result<>()> check;                  ///< called at intervals; an error stops the child and is returned
  ChildEnding::Tell ending;
  int parent_gone = -1;  ///< a descriptor that becomes readable when our own parent is gone: then all gets SIGKILL
  milliseconds check_every = patience::child_check;
  bool finish_on_stop = false;                    ///< let a first stop wait for its end
  milliseconds end_within = patience::child_end;  ///< between asking it, and all that it started, to end and SIGKILL
};

/// Run `command` to its end inside a stage, in a process group of its own, without stdin, with both outputs read here.
/// This process becomes the subreaper of all that it starts, must have no other children, and returns when none of it
/// is left. The child itself gets SIGKILL if this process dies. A stop is passed on to all of them, and a second one
/// kills them; the result is then the stop, as in every stage. Other errors: those of `spawn` and of `check`; internal
/// when our parent is gone, or when something cannot be killed.
Result<Outcome> run_child(Command command, const SignalState& inherited, const ChildCare& care, StopToken& stop);

}  // namespace pge
