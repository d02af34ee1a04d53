#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pge {

/// The word of `known` that was probably meant by `given`: at most one typing error for each six characters, plus one.
/// Empty if none is that close.
std::string nearest(std::string_view given, const std::vector<std::string>& known);

}  // namespace pge
