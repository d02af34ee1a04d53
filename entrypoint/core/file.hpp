#pragma once

#include <expected>
#include <string>
#include <system_error>

namespace pge {

/// What can be read from a descriptor, up to its end, appended to `text`. Fails with the system's error.
std::expected<void, std::error_code> read_all(int descriptor, std::string& text);

/// All bytes of a file, or why they cannot be read; a directory cannot. A pipe is read to its end.
std::expected<std::string, std::error_code> read_file(const std::string& path);

/// The same of what must be a file: a pipe or a device, which may have no end, fails.
std::expected<std::string, std::error_code> read_regular_file(const std::string& path);

}  // namespace pge
