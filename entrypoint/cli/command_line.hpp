#pragma once

#include <string>
#include <variant>
#include <vector>

#include "config/get_env.hpp"
#include "config/settings.hpp"
#include "core/environment_list.hpp"
#include "core/error.hpp"

namespace pge {

/// `--help` and `--version`: text for stdout, exit status 0.
struct Printout {
  std::string text;
};

/// A command line that was understood: what to do, in which environment, and what to warn about.
struct Invocation {
  Settings settings;
  EnvironmentList environment;  ///< as `settle_environment` leaves it
  std::vector<std::string> warnings;
};

/// Flags override PG_ENTRYPOINT_… variables, which override the defaults. `arguments` is argv without argv[0].
/// `environment` is our own. Fails with `usage` for the command line and `configuration` for a contradiction in the
/// environment.
Result<std::variant<Invocation, Printout>> parse_command_line(const std::vector<std::string>& arguments,
                                                              EnvironmentList environment, const GetEnv& get);

/// How a command line asks to be reported to, even if the rest of it is wrong, so that its error is reported in that
/// form and to that place.
ReportingSettings reporting_given(const std::vector<std::string>& arguments, const GetEnv& get);

}  // namespace pge
