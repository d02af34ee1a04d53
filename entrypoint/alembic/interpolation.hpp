#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace pge {

/// The settings that are read; others may hold anything.
inline constexpr std::array<std::string_view, 8> read_keys{
    "script_location", "version_locations", "version_path_separator", "path_separator", "recursive_version_locations",
    "sourceless",      "version_table",     "version_table_schema"};

/// The folder of a file, "." for a bare name: what %(here)s stands for.
std::string folder_of(const std::string& path);

/// `value` with %(name)s and %% replaced; nothing when a name is unknown, or they refer to each other for ever.
std::optional<std::string> interpolate(std::string_view value, const std::map<std::string, std::string>& values);

/// The error for a value that `interpolate` refuses.
Error uninterpolated(const std::string& path, std::string_view key);

}  // namespace pge
