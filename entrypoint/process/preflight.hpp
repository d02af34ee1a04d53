#pragma once

#include <string>

#include "core/error.hpp"
#include "process/command.hpp"

namespace pge {

/// Tries whether this process can become `identity`, in a child that does nothing else: a capability can be there and
/// not suffice, as in a user namespace that does not map the user. Errors: configuration.
Result<> try_identity(const Identity& identity);

/// A command in which nothing is wrong. `doubt`: why it may not run here all the same; empty if there is no reason.
struct Preflight {
  std::string doubt = {};
  std::string hint = {};
};

/// Everything that can be known of a command before it is run, so that a migration is not applied for an application
/// that cannot start. A child becomes the user and asks the kernel whether it may execute the files that execve(2) will
/// open (a user may be able to execute a file that we cannot read, and the reverse); this process reads them. Nothing
/// is run. Errors: as `find_candidates`; cannot_execute for a text without a #! line, for what the user may not
/// execute; configuration (the identity); internal.
Result<Preflight> preflight(const Command& command);

}  // namespace pge
