#include "migrator/migrator_environment.hpp"

#include <format>

#include "config/environment.hpp"
#include "core/environment_list.hpp"
#include "postgres/profile.hpp"

namespace pge {
namespace {

/// For libpq's `options`: blanks and backslashes are escaped by a backslash.
std::string escaped(const std::string& value) {
  std::string out;
  for (const char c : value) {
    if (c == ' ' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

Result<std::vector<std::string>> migrator_environment(const Settings& settings,
                                                      const std::vector<std::string>& environment, bool pooled) {
  std::vector<std::string> own = application_environment(environment);
  auto url = read_database_url(settings.waiting.database);
  if (!url) return fail(url.error());
  if (!url->empty()) {
    unset_variable(own, "DATABASE_URL_FILE");
    set_variable(own, "DATABASE_URL", *url);
  }
  if (pooled) return own;
  const char* given = variable_value(own, "PGOPTIONS");
  std::string options = given == nullptr ? "" : std::string(given) + " ";
  // A killed client does not end its statement. The server has to check whether the client is still connected.
  options += std::format("-c {}={} -c lock_timeout={}", client_check.name, client_check.value,
                         settings.migrating.lock_timeout.count());
  if (!settings.migrating.role.empty()) options += " -c role=" + escaped(settings.migrating.role);
  set_variable(own, "PGOPTIONS", options);
  return own;
}

}  // namespace pge
