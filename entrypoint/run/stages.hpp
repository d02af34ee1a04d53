#pragma once

#include "process/command.hpp"
#include "run/context.hpp"

namespace pge {

/// What a stage does; returns its exit status. `command` is the application.
using Stage = int (*)(const Context& context, const Command& command);

/// Run `stage` as a child of PID 1, so that a crash, an out-of-memory kill or a hung socket in it is just a child that
/// ended. Returns the exit status; a stop signal that came meanwhile wins over success.
int supervise_stage(const Context& context, Stage stage, const Command& command = {});

}  // namespace pge
