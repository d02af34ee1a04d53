#pragma once

#include <optional>
#include <string>

#include "core/error.hpp"

namespace pge {

/// What is plainly wrong with a file that shall be executed, whoever executes it, and what to change in the image:
/// it is not there, or its interpreter or dynamic loader is not (`not_found`); it is a directory, or nobody may execute
/// it (`cannot_execute`). Nothing when it looks well or cannot be looked at: then execve(2) has the last word.
std::optional<Error> fault_of_executable(const std::string& path);

/// There is no such file. One that cannot be looked at is not called absent: execve(2) has the last word.
bool is_absent(const std::string& path) noexcept;

/// The first bytes of a file; empty when it cannot be read.
std::string head_of(const std::string& path);

}  // namespace pge
