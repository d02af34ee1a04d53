#pragma once

#include <string>
#include <string_view>

#include "core/error.hpp"
#include "postgres/foreign_parameters.hpp"
#include "postgres/parameter_list.hpp"

namespace pge {

/// What the spellings of drivers ask of TLS. libpq is told to check of a certificate what the driver checks, or more;
/// never less.
class TlsDemand {
 public:
  /// A parameter with one of the actions sslmode, ssl_checked, ssl_factory, ssl_trust. `variable` names the source in
  /// messages; each error is `configuration`.
  Result<> add(ForeignAction action, std::string_view name, std::string_view value, std::string_view variable);

  /// Brings sslmode, sslrootcert and sslcert to what was asked for, once all parameters are known.
  void settle(ParameterList& parameters, Dialect dialect) const;

  /// The certificate is checked only because of `ssl=true`.
  bool is_checked_for_true() const noexcept { return true_ && mode_.empty() && !unchecked_ && !checked_; }

 private:
  std::string mode_;        ///< libpq's; an explicit one goes before a boolean, as in node-postgres and JDBC
  bool true_ = false;       ///< ssl=true: drivers check the certificate then
  bool false_ = false;      ///< ssl=false
  bool checked_ = false;    ///< checked, whatever the mode says
  bool unchecked_ = false;  ///< ssl=true, but explicitly without a check
  bool untrusted_ = false;  ///< Npgsql's Trust Server Certificate=false: "require" checked the certificate once
  bool prisma_ = false;     ///< its sslcert is the CA's certificate, and not the client's
};

/// The error for a value that has no equal.
std::unexpected<Error> refuse_value(std::string_view variable, std::string_view name, std::string hint);

}  // namespace pge
