#pragma once

#include <string_view>

#include "core/error.hpp"

namespace pge {

/// Write to standard output, all of it. A reader that has gone away has read enough: that is no error. Anything else (a
/// full disk) fails with `internal`: who asked did not get the answer.
Result<> print(std::string_view text);

}  // namespace pge
