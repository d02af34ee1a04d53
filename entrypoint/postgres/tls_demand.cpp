#include "postgres/tls_demand.hpp"

#include <cstdlib>
#include <format>
#include <utility>

#include "postgres/foreign_values.hpp"

namespace pge {
namespace {

constexpr const char* sslmode_values = "use sslmode=disable, prefer, require, verify-ca or verify-full";
constexpr const char* java_class = "libpq cannot use a Java class: write sslmode=verify-full and sslrootcert=FILE";

}  // namespace

std::unexpected<Error> refuse_value(std::string_view variable, std::string_view name, std::string hint) {
  return fail(ExitCode::configuration,
              std::format("{}: the parameter {} has a value that libpq does not know", variable, name),
              std::move(hint));
}

Result<> TlsDemand::add(ForeignAction action, std::string_view name, std::string_view value,
                        std::string_view variable) {
  const std::string word = bare_word(value);
  if (action == ForeignAction::ssl_trust) {
    untrusted_ = !is_true(value);
  } else if (action == ForeignAction::ssl_factory) {
    // pgjdbc's classes (org.postgresql.ssl).
    unchecked_ = unchecked_ || value.ends_with(".NonValidatingFactory");
    checked_ = checked_ || value.ends_with(".DefaultJavaSSLFactory");
    if (!unchecked_ && !checked_ && !value.ends_with(".LibPQFactory")) return refuse_value(variable, name, java_class);
  } else if (action == ForeignAction::ssl_checked) {
    // Prisma's sslaccept; and Vapor's tlsmode, whose TLS always checks the certificate.
    prisma_ = prisma_ || name == "sslaccept";
    if (prisma_ && word == "acceptinvalidcerts") return {};
    if (!prisma_ && word == "disable") {
      false_ = true;
    } else if (word == "strict" || word == "require" || word.starts_with("verifyfull")) {
      checked_ = true;
    } else {
      return refuse_value(variable, name, sslmode_values);
    }
  } else if (is_true(value)) {
    true_ = true;
  } else {
    const auto mode = translate_sslmode(value);
    if (!mode) return refuse_value(variable, name, sslmode_values);
    const bool boolean = *mode == "disable" && word != "disable";
    false_ = false_ || boolean;
    if (!boolean) mode_ = *mode;
  }
  return {};
}

void TlsDemand::settle(ParameterList& parameters, Dialect dialect) const {
  if (prisma_ && parameters.find("sslkey") == nullptr) {
    const std::string authority = parameters.take("sslcert");
    if (checked_ && !authority.empty()) parameters.set("sslrootcert", authority);
  }
  const std::string mode = !mode_.empty() ? mode_ : false_ && !true_ ? "disable" : "";
  const bool check = checked_ || (untrusted_ && mode == "require") || (true_ && mode.empty() && !unchecked_);
  if (!check || mode == "disable") {
    if (!mode.empty()) parameters.set("sslmode", mode);
    if (mode.empty() && true_) parameters.set("sslmode", "require");
    return;
  }
  parameters.set("sslmode", "verify-full");
  // Without a CA of its own, a driver trusts the system's. Only JDBC looks for ~/.postgresql/root.crt, as libpq does.
  const bool has_ca = parameters.find("sslrootcert") != nullptr || std::getenv("PGSSLROOTCERT") != nullptr;
  if (!has_ca && (dialect != Dialect::jdbc || checked_)) parameters.set("sslrootcert", "system");
}

}  // namespace pge
