#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pge {

/// The one of `known` that `given` was probably meant to be: at most one slip in six characters, and one more. Empty
/// when nothing is near.
std::string nearest(std::string_view given, const std::vector<std::string>& known);

}  // namespace pge
