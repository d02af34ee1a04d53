#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <system_error>

namespace pge {

/// Appends everything that can be read from a descriptor to `text`. Fails with the system's error. A regular file that
/// has `expected` bytes, as fstat(2) says, takes one read.
std::expected<void, std::error_code> read_all(int descriptor, std::string& text, std::size_t expected = 0);

/// All bytes of a file. Fails with the reason why they cannot be read, as for a directory. A pipe is read to its end.
std::expected<std::string, std::error_code> read_file(const std::string& path);

/// The same, but fails for a pipe or a device, which may have no end.
std::expected<std::string, std::error_code> read_regular_file(const std::string& path);

/// Puts `text` in the place of the file, which others may read at any time: they see the old one or all of the new one.
/// Everybody may read it. Not written through to the disk. Fails with the system's error, and leaves the old file.
std::expected<void, std::error_code> replace_file(const std::string& path, std::string_view text);

}  // namespace pge
