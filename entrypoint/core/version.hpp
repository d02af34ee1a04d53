#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pge {

/// Numeric order of two versions of any length (digits only, no leading zeros).
bool version_less(std::string_view a, std::string_view b) noexcept;

/// A version as typed ("007") in the form in which files and rows have it ("7"); nothing when it is not a number.
std::optional<std::string> canonical_version(std::string_view typed);

}  // namespace pge
