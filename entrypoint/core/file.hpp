#pragma once

#include <expected>
#include <string>
#include <system_error>

namespace pge {

/// All bytes of a file, or why they cannot be read; a directory cannot.
std::expected<std::string, std::error_code> read_file(const std::string& path);

}  // namespace pge
