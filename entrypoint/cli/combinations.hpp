#pragma once

#include <CLI/CLI.hpp>

#include "config/settings.hpp"
#include "core/error.hpp"

namespace pge {

/// The hint of a command line that cannot be understood.
inline constexpr const char* usage_hint = "pg-entrypoint --help lists commands and options";

/// Options that need or exclude each other. `has_command`: there are words for the application. Fails with `usage`.
Result<> check_combinations(const CLI::App& app, const Settings& settings, bool has_command);

}  // namespace pge
