#pragma once

#include "core/error.hpp"
#include "run/context.hpp"
#include "run/database.hpp"

namespace pge {

/// A subcommand. Returns the exit status of the process.
using RunCommand = int (*)(const Context& context);

/// The subcommand of this name, from the table.
RunCommand find_command(CommandName name);

// The subcommands, each in a file of its own; table.cpp has the list. Results go to stdout, the log to stderr.
// Those with a Context have the process to themselves and return its exit status. Those with a Database run in a child
// of PID 1, and return the exit status or the error that ends them.
int run_new(const Context& context);
int run_healthcheck(const Context& context);
Result<int> run_migrate(Database& database);
Result<int> run_wait(Database& database);
Result<int> run_status(Database& database);
Result<int> run_check(Database& database);
Result<int> run_down(Database& database);
Result<int> run_baseline(Database& database);
Result<int> run_accept(Database& database);

}  // namespace pge
