#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pge {

/// Whose spelling a connection string has. Only where the same word means different things does it matter.
enum class Dialect : std::uint8_t {
  any,
  jdbc,  ///< jdbc:postgresql:…
  ecto,  ///< ecto://…; its times are in milliseconds
  keys,  ///< Key=value;… of ADO.NET and ODBC; names are lower case and without blanks here
};

/// What becomes of a parameter that some driver or framework knows and libpq does not.
enum class ForeignAction : std::uint8_t {
  drop,             ///< concerns the application's pool, driver or queries only
  rename,           ///< libpq has it under another name
  whole_seconds,    ///< the same, where libpq wants a whole number; another value is dropped
  search_path,      ///< names the schema to work in
  session_setting,  ///< a setting of the session that libpq passes in `options`
  sslmode,          ///< a driver's spelling of sslmode, or a boolean
  ssl_checked,      ///< TLS with the certificate checked
  ssl_factory,      ///< a Java class
  ssl_trust,        ///< true: the certificate is not checked
  target_session,   ///< a driver's spelling of target_session_attrs
  load_balance,     ///< a boolean
  gss_encryption,   ///< matters only when it is required, which fails here
  socket_path,      ///< the directory of the server's socket, or the socket itself
  no_equal,         ///< libpq has no equal
};

struct ForeignParameter {
  std::string_view name;
  ForeignAction action = ForeignAction::drop;
  std::string_view target = {};  ///< libpq's or the server's name; for `no_equal`, what to write instead
  Dialect only = Dialect::any;   ///< the dialect in which this row counts; any: all
};

/// What becomes of the parameter `name` in this dialect; nothing for one that nobody knows. A row of the dialect's own
/// goes before one for all.
std::optional<ForeignParameter> find_foreign_parameter(std::string_view name, Dialect dialect) noexcept;

}  // namespace pge
