#pragma once

#include "config/settings.hpp"
#include "core/environment_list.hpp"
#include "core/error.hpp"

namespace pge {

/// The application's environment: `environment` without what is ours and what --unset-env names, and with the URL that
/// --export-database-url asks for. Fails as `url_for_program` does.
Result<EnvironmentList> environment_for_application(const Settings& settings, const EnvironmentList& environment);

}  // namespace pge
