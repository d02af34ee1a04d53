#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "core/environment_list.hpp"
#include "core/error.hpp"
#include "postgres/profile.hpp"
#include "postgres/startup_options.hpp"

namespace pge {

/// What a migrator's sessions should start with: `safety`, with the values for migrators; --statement-timeout, whose
/// default 0 overrides a limit of the login role; --lock-timeout where it was said, because a migrator may build an
/// index CONCURRENTLY, which must not time out; and --role.
std::vector<StartupSetting> settings_for_migrator(const Settings& settings, std::span<const ServerSetting> safety);

/// What a migrator is started with.
struct MigratorEnvironment {
  EnvironmentList variables;
  std::string url;                     ///< DATABASE_URL in it; empty where libpq's own variables say it all
  std::vector<StartupSetting> wanted;  ///< as `settings_for_migrator`
  bool passed = true;                  ///< by PGOPTIONS, and by the options of `url` if it has some
};

/// `environment` without what is ours, and with the variables that only a migrator gets; DATABASE_URL, and the variable
/// of
/// --export-database-url, are the migrating URL, and `wanted` is added to PGOPTIONS and to the URL's own options.
/// Nothing is added with --migrator-options=off. Fails as `url_for_program` does.
Result<MigratorEnvironment> migrator_environment(const Settings& settings, const EnvironmentList& environment,
                                                 std::span<const ServerSetting> safety);

}  // namespace pge
