#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <system_error>

namespace pge {

/// Appends everything that can be read from a descriptor to `text`. Fails with the system's error. A regular file that
/// has `expected` bytes, as fstat(2) says, takes one read.
std::expected<void, std::error_code> read_all(int descriptor, std::string& text, std::size_t expected = 0);

/// All bytes of a file. Fails with the reason why they cannot be read, as for a directory. A pipe is read to its end.
std::expected<std::string, std::error_code> read_file(const std::string& path);

/// The same, but fails for a pipe or a device, which may have no end.
std::expected<std::string, std::error_code> read_regular_file(const std::string& path);

}  // namespace pge
