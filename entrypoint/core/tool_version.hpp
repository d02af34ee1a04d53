#pragma once

#include <string>

namespace pge {

/// The version of this program as `--version` prints it: "pg-entrypoint 0.1.0".
std::string tool_version();

/// What `--version --verbose` prints besides, a line each: the commit, and the libraries with their versions.
std::string build_details();

}  // namespace pge
