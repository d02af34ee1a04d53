#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/key_values.hpp"

namespace pge {

/// What libpq is given, and what must be kept from it.
struct ConnectionSettings {
  std::map<std::string, std::string> parameters;  ///< libpq keywords and values
  std::string search_path;                        ///< from `?schema=` and its like; empty: the connection's own
  std::vector<std::string> dropped;               ///< parameters that concern the application only
  std::vector<std::string> secrets;               ///< to be masked in all output
  bool certificate_is_checked_for_true = false;   ///< because of `ssl=true`, which libpq does not have
  std::string parts_option = {};                  ///< "--database", where it gave the parts; empty: a URL, or PG*
};

/// Understand a database URL in any spelling an application may have (see `split_scheme`), or key=value pairs as libpq,
/// PDO, ADO.NET and ODBC write them; an empty text leaves all to libpq's PG* variables. Parameters that only a driver
/// knows are mapped, dropped or refused by name (`configuration`). `variable` names the source in messages. No message
/// ever quotes a part of the text that may be the password.
Result<ConnectionSettings> parse_connection_settings(std::string_view url, std::string_view variable);

/// The same for libpq's own parameters with their values, each named once.
Result<ConnectionSettings> parse_connection_settings(const KeyValues& pairs, std::string_view variable);

}  // namespace pge
