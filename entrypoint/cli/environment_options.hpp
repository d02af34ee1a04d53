#pragma once

#include <string>

#include "config/settings.hpp"
#include "core/error.hpp"

namespace pge {

/// Whether the options that name variables and URLs are of the right form, and do not contradict each other. Fails with
/// `usage`; `hint` is where nothing better can be said.
Result<> check_environment_options(const Settings& settings, const std::string& hint);

}  // namespace pge
