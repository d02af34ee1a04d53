#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "core/error.hpp"

namespace pge {

/// The environment of a migrator: the application's, except that DATABASE_URL is the migrating one, as it was spelt,
/// and that PGOPTIONS asks the server for what a killed client needs (`client_connection_check_interval`), for
/// lock_timeout and for the role. Through a pooler, which refuses start-up options, PGOPTIONS stays as it was.
Result<std::vector<std::string>> migrator_environment(const Settings& settings,
                                                      const std::vector<std::string>& environment, bool pooled);

}  // namespace pge
