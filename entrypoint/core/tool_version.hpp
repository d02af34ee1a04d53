#pragma once

#include <string>

namespace pge {

/// The version of this program as `--version` prints it: "pg-entrypoint 0.1.0".
std::string tool_version();

}  // namespace pge
