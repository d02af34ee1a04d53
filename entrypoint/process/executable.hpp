#pragma once

#include <optional>
#include <string>

#include "core/error.hpp"

namespace pge {

/// What is wrong with a file that is to be executed, no matter by which user, and what to change in the image: it is
/// not there, or its interpreter or dynamic loader is not (`not_found`); it is a directory, or nobody may execute it
/// (`cannot_execute`). Returns nothing if it looks right or cannot be examined: then execve(2) decides.
std::optional<Error> fault_of_executable(const std::string& path);

/// True if there is no such file. A file that cannot be examined does not count as absent: execve(2) decides.
bool is_absent(const std::string& path) noexcept;

/// The first bytes of a file; empty when it cannot be read.
std::string head_of(const std::string& path);

}  // namespace pge
