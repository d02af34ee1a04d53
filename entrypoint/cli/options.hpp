#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "config/settings.hpp"

namespace pge {

/// Declare every option and subcommand on `app`, writing into `settings`. The one list of options: help text and
/// environment names are derived from it.
void declare_options(CLI::App& app, Settings& settings);

/// The text of `--help`, in 80 columns, derived from what `declare_options` declared.
std::string help_text(const CLI::App& app);

}  // namespace pge
