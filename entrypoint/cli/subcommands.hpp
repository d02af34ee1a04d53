#pragma once

#include <CLI/CLI.hpp>

#include "config/settings.hpp"

namespace pge {

/// Declare every subcommand on `app` with what it takes, writing into `settings`.
void declare_subcommands(CLI::App& app, Settings& settings);

}  // namespace pge
