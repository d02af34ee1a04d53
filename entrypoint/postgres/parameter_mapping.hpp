#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "postgres/connection_settings.hpp"
#include "postgres/foreign_parameters.hpp"
#include "postgres/tls_demand.hpp"

namespace pge {

/// The parameters of a connection string, one by one, as libpq's: mapped, dropped, or refused by name. What a driver
/// checks of a certificate, libpq is told to check too, or more; never less.
class ParameterMapping {
 public:
  /// `variable` names the source in messages; each error is `configuration`.
  ParameterMapping(Dialect dialect, std::string_view variable) : dialect_(dialect), variable_(variable) {}

  /// `value`: decoded. `name_is_safe` is false where the name may be a piece of a password; then no message has it.
  Result<> add(std::string_view name, std::string_view value, bool name_is_safe);

  /// libpq's parameters, in the order in which they came; search_path and what was dropped go into `settings`.
  std::vector<std::pair<std::string, std::string>> finish(ConnectionSettings& settings);

 private:
  Result<> add_foreign(const ForeignParameter& foreign, std::string_view name, std::string_view value);
  void add_hosts(std::string_view value);
  void keep_if(bool means_the_same, std::string_view target, std::string_view name, std::string_view value);
  void add_session_setting(std::string_view name, std::string_view value);
  void add_socket(std::string_view value);
  void settle_hosts();

  Dialect dialect_;
  std::string variable_;
  ParameterList kept_;
  TlsDemand tls_;
  std::vector<std::string> dropped_;
  std::string search_path_;
  std::string options_;                                     ///< `-c name=value` for settings of the session
  std::vector<std::pair<std::string, std::string>> hosts_;  ///< each with its port, or an empty one
};

/// Whether libpq has a connection parameter of this name.
bool libpq_knows(std::string_view name);

}  // namespace pge
