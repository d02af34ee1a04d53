#pragma once

#include <string>
#include <vector>

#include "config/get_env.hpp"
#include "config/settings.hpp"
#include "core/environment_list.hpp"
#include "core/error.hpp"

namespace pge {

/// Complete `environment`, which is ours as it was when we were started, by the files of --env-file and --file-env, and
/// find the database in it. What belongs to the owner is taken out of it and put where `settings` have it. `warnings`
/// gets what is to be told. `get` is asked for what `environment` does not have. Fails with `configuration`.
Result<> settle_environment(Settings& settings, EnvironmentList& environment, std::vector<std::string>& warnings,
                            const GetEnv& get);

}  // namespace pge
