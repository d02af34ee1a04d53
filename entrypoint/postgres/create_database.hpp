#pragma once

#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/events.hpp"
#include "core/key_values.hpp"
#include "core/patience.hpp"
#include "core/stop.hpp"
#include "postgres/connection_settings.hpp"
#include "postgres/libpq_warnings.hpp"

namespace pge {

/// How a missing database is created.
struct NewDatabase {
  std::string maintenance_database;  ///< connected to meanwhile
  KeyValues options;                 ///< of CREATE DATABASE, in the order in which they are sent
};

/// What --create-database-options says: pairs as in libpq's connection strings, of the options that CREATE DATABASE
/// has. `role` owns the database where no owner is named, if it is not empty; with an encoding or a locale the template
/// is template0 where none is named, because only that one has no text of another encoding. Fails with `usage`.
Result<KeyValues> parse_database_options(std::string_view text, const std::string& role);

/// Create the database that `settings` name, which the server does not have. It is no error when another process has
/// created it meanwhile. Fails with `configuration` when nothing names a database, or when the server does not accept
/// an option; with `refused` where the role may not; as `connect` does; and with an error that may be tried again when
/// the server is only busy or a standby.
Result<> create_database(const ConnectionSettings& settings, const NewDatabase& wanted, milliseconds connect_timeout,
                         LibpqWarnings& warnings, StopToken& stop, Events& events);

}  // namespace pge
