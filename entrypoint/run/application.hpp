#pragma once

#include <string>
#include <string_view>

#include "process/command.hpp"
#include "run/context.hpp"

namespace pge {

/// The user that an option asks for (`option` is its name). Fails when there is none, or when this process cannot
/// become that user: then nothing should be migrated first.
Result<Identity> identity_for(const std::string& user, std::string_view option);

/// The application's command with its environment and identity. Fails when it plainly cannot run, or when this process
/// cannot become that user: neither should migrate first. Whether the user may execute it is for `look_at_command`,
/// after --chown.
Result<Command> application_command(const Context& context);

/// What can be known of a command without running it: fails, or warns of what may be wrong.
Result<> look_at_command(const Context& context, const Command& command);

/// --chown, to the user of --user. A large tree takes its time; a stop may leave it half done.
Result<> give_directories(const Context& context, const Identity& user, const StopToken& stop);

/// In place of the preparation, for a command that --only-for, --not-for or --no-database starts at once: --chown
/// alone. Returns the exit status of that.
int pass_by(const Context& context, const Command& command);

/// Spawn the application, supervise it, end what it leaves behind. Returns its exit status, or 0 for a --success-code.
int serve(const Context& context, Command command);

}  // namespace pge
