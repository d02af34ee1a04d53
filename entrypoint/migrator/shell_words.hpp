#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace pge {

/// Split a command line by the quoting rules of the shell (POSIX, "Quoting"), without a shell: no expansion takes
/// place. Fails with `usage` for a quote without end, for an empty line, and for what only a shell could do
/// (variables, pipes, redirections, several commands).
Result<std::vector<std::string>> split_words(std::string_view line);

/// The command line that `split_words` reads as these words, with quotes only where they are needed: for messages from
/// which it can be copied into a shell.
std::string command_line_of(const std::vector<std::string>& words);

}  // namespace pge
