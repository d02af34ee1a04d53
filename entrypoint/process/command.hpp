#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "process/identity.hpp"

namespace pge {

enum class ProcessGroup : std::uint8_t {
  foreground,  ///< its own; if stdin is a terminal, also its foreground group
  background,  ///< one of its own
};

/// A program to run.
struct Command {
  std::vector<std::string> argv;                    ///< argv[0] is looked for on the PATH of `environment`
  std::vector<std::string> environment;             ///< "NAME=value", all of it: nothing else is passed on
  std::optional<Identity> identity = std::nullopt;  ///< run as; sets HOME as well
  int parent_death_signal = 0;  ///< the signal that the child gets when this process dies (prctl(2)); 0: none
  ProcessGroup group = ProcessGroup::foreground;
  int output = -1;  ///< becomes its stdout and stderr, and /dev/null its stdin; -1: it inherits all three
  /// Stays open as long as the program, or anything that inherits from it, runs, under a number that is in nobody's
  /// way; -1: none.
  int kept_open = -1;
};

/// The files that execve(2) shall try for `command.argv[0]`, in order: a name with a slash as it is, else
/// every directory of PATH in which there is such a name. Without PATH: the engines' own default. Errors:
/// usage (no command); not_found and cannot_execute where each of them is plainly at fault (fault_of_executable).
Result<std::vector<std::string>> find_candidates(const Command& command);

}  // namespace pge
