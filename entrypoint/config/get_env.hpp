#pragma once

#include <functional>

namespace pge {

/// Reads an environment variable; nullptr if it is not set. This is `std::getenv` except in tests, and where files have
/// added variables.
using GetEnv = std::function<const char*(const char*)>;

}  // namespace pge
