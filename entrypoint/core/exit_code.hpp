#pragma once

namespace pge {

/// The published exit codes; a `podFailurePolicy` depends on them, so a number never changes its meaning. 64–78 follow
/// sysexits.h where it has a name for the case. In `run` the application's own statuses may be the same numbers.
enum class ExitCode : int {
  ok = 0,
  pending = 3,              ///< `check`: migrations are pending
  usage = 64,               ///< the command line cannot be understood
  invalid_migrations = 65,  ///< migration files: drift, hole, duplicate, out of order, unreadable SQL
  no_input = 66,            ///< no such directory, or no migration files in it
  unavailable = 69,         ///< the database was not reachable in time
  internal = 70,            ///< internal error
  in_doubt = 74,            ///< the connection was lost and the outcome is unknown
  gave_way = 75,            ///< gave way: advisory lock, DDL lock, deadlock
  migration_failed = 76,    ///< the database refused a statement of a migration
  refused = 77,             ///< the database refused us: password, role, permission
  configuration = 78,       ///< a setting is missing or contradicts another
  cannot_execute = 126,     ///< the command exists and cannot be run
  not_found = 127,          ///< the command does not exist
};

/// Exit status of a process ended by signal `number`, as shells and Docker report it.
constexpr int signal_exit_status(int number) noexcept {
  return 128 + number;
}

}  // namespace pge
