#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/source.hpp"

namespace pge {

/// Settings as read from a file: a list has several values, anything else one.
using ConfigValues = std::map<std::string, std::vector<std::string>>;

/// One section of an ini file as Python's configparser reads it: "=" or ":", whole-line comments with "#" or ";",
/// indented lines go on with the value, %(name)s and %% interpolate ("here" is the file's folder), DEFAULT is the
/// fallback. Fails with `configuration` and the line.
Result<ConfigValues> parse_ini(const Source& source, std::string_view section);

/// The table [tool.alembic] of a pyproject.toml; empty when it has none. %(here)s and %% interpolate.
Result<ConfigValues> parse_pyproject(const Source& source);

}  // namespace pge
