#pragma once

#include <string>

#include "core/environment_list.hpp"
#include "core/error.hpp"

namespace pge {

/// The variables of a file in the format that docker's --env-file has: "NAME=value" in each line, the value as it is up
/// to the line's end, quotes and all; empty lines and those that begin with '#' are comments. Of two lines with one
/// name the later counts; a name alone stands for what the environment has anyway. Fails with `configuration`, naming
/// the line and never a value.
Result<EnvironmentList> read_env_file(const std::string& path);

}  // namespace pge
