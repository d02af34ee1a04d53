#pragma once

#include "process/command.hpp"
#include "run/context.hpp"

namespace pge {

/// What a stage does; returns its exit status. `command` is the application.
using Stage = int (*)(const Context& context, const Command& command);

/// Run `stage` as a child of PID 1, so that a crash, an out-of-memory kill or a hung socket in it is just a child that
/// ended. Returns the exit status; a stop signal that came meanwhile wins over success.
int supervise_stage(const Context& context, Stage stage, const Command& command = {});

/// The application's command with its environment and identity. Fails when it plainly cannot run: a misspelt command
/// should not migrate first.
Result<Command> application_command(const Context& context);

/// --chown. A large tree takes its time; a stop may leave it half done.
Result<> give_directories(const Context& context, const Command& command, const StopToken& stop);

/// Spawn the application, supervise it, end what it leaves behind. Returns its exit status.
int serve(const Context& context, const Command& command);

}  // namespace pge
