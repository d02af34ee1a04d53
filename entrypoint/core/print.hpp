#pragma once

#include <string_view>

#include "core/error.hpp"

namespace pge {

/// Write to standard output, all of it. It is no error if the reader has gone away, because it has read enough.
/// Anything else (a full disk) fails with `internal`, because the user did not get the answer.
Result<> print(std::string_view text);

}  // namespace pge
