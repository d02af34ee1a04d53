#include "migrator/session_check.hpp"

#include <algorithm>
#include <format>

#include "core/patience.hpp"
#include "postgres/connect.hpp"

namespace pge {
namespace {

constexpr const char* elsewhere =
    "set role and time-outs where the driver reads them, or on the login role: ALTER ROLE … SET …";

/// The settings that a session has, of those that matter. pg_settings leaves the role out.
constexpr const char* seen_settings =
    "select 'role', current_user::text union all select s.name, s.setting from pg_catalog.pg_settings s "
    "where s.name in ('lock_timeout', 'statement_timeout', 'client_connection_check_interval')";

/// Opens the session where ours is, so that no name is looked up while the lock is held.
Result<std::vector<StartupSetting>> see(const Turn& turn, const DatabaseSource& source,
                                        const MigratorEnvironment& environment) {
  auto connection = parse_connection_settings(environment.url, source.variable);
  if (!connection) return fail(connection.error());
  const UsedEnvironment used(environment.variables);
  Session& ours = turn.session;
  auto session = connect_beside(ours, *std::move(connection), patience::look_at_migrator, ours.stop(), ours.events());
  if (const int asked = ours.stop().requested(); asked != 0) return fail(stopped_by(asked));
  if (!session) return fail(session.error());
  auto rows = session->query(seen_settings);
  if (!rows) return fail(rows.error());
  std::vector<StartupSetting> seen;
  seen.reserve(rows->size());
  for (std::size_t i = 0; i < rows->size(); ++i) seen.push_back({.name = rows->text(i, 0), .value = rows->text(i, 1)});
  return seen;
}

/// What is seen and is not as it should be. Nobody misses client_connection_check_interval where nothing is passed.
std::vector<Field> differences(const std::vector<StartupSetting>& seen, const MigratorEnvironment& environment) {
  std::vector<Field> found;
  found.reserve(seen.size());
  for (const auto& [name, value] : seen) {
    const auto wanted = std::ranges::find(environment.wanted, name, &StartupSetting::name);
    const bool matters = environment.passed || name != client_check.name;
    if (matters && wanted != environment.wanted.end() && wanted->value != value) found.emplace_back(name, value);
  }
  return found;
}

}  // namespace

Result<> check_sessions(const Turn& turn, const Settings& settings, const MigratorEnvironment& environment, Log& log) {
  const bool asked = !settings.migrating.role.empty() || settings.migrator.lock_timeout ||
                     settings.migrating.statement_timeout.count() > 0;
  const auto unseen = [&](const std::string& why) {
    log.event(asked ? Level::warning : Level::debug, "what the migrator's sessions get cannot be seen: " + why,
              {{"hint", elsewhere}});
    return Result<>();
  };
  if (const std::string driver = driver_without_libpq(environment.url); !driver.empty()) {
    return unseen(driver + " does not use libpq");
  }
  auto seen = see(turn, settings.waiting.database, environment);
  if (!seen) return seen.error().is_stop() ? Result<>(fail(seen.error())) : unseen(seen.error().message);
  const std::vector<Field> wrong = differences(*seen, environment);
  if (wrong.empty()) {
    std::vector<Field> fields;
    fields.reserve(seen->size());
    for (const auto& [name, value] : *seen) fields.emplace_back(name, value);
    log.event(Level::debug, "the migrator's sessions, as libpq opens them", fields);
    return {};
  }
  if (environment.passed && wrong.front().key == "role") {
    return fail(
        ExitCode::configuration,
        std::format("the migrator would not get --role {}: libpq ignores PGOPTIONS in its environment",
                    settings.migrating.role),
        "a service file with options takes precedence over PGOPTIONS: move them into PGOPTIONS, or set the role "
        "where the migrator connects and use --migrator-options=off");
  }
  std::vector<Field> fields = wrong;
  if (!environment.passed) fields.emplace_back("reason", "--migrator-options is off");
  fields.emplace_back("hint", elsewhere);
  log.event(Level::warning, "the migrator's sessions do not get all that was asked for", fields);
  return {};
}

}  // namespace pge
