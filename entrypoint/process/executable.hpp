#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace pge {

/// What is wrong with a file that is to be executed, no matter by which user, and what to change in the image: it is
/// not there, or its interpreter or dynamic loader is not (`not_found`); it is a directory, or nobody may execute it
/// (`cannot_execute`). Returns nothing if it looks right or cannot be examined: then execve(2) decides. execvp(3) goes
/// on to the next directory of PATH for each of these faults.
std::optional<Error> fault_of_executable(const std::string& path);

/// Why the kernel does not know the format of an executable file: ENOEXEC in words (`cannot_execute`).
Error explain_bad_format(const std::string& path);

/// The error for a script whose interpreter is not there.
Error missing_interpreter(const std::string& path, const std::string& interpreter);

/// What execve(2) opens to run `path`, in order: the file, the interpreter of its #! line, the interpreter's own; at
/// last the dynamic loader. As far as the files can be read.
std::vector<std::string> files_to_execute(const std::string& path);

/// True if there is no such file. A file that cannot be examined does not count as absent: execve(2) decides.
bool is_absent(const std::string& path) noexcept;

/// The first bytes of a file; nothing when it cannot be read: execute permission does not include reading.
std::optional<std::string> head_of(const std::string& path);

}  // namespace pge
