#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pge {

/// A Python program and where its arguments start.
struct PythonProgram {
  std::string name = {};  ///< of the module behind -m, or the last part of the script's path
  bool is_module = false;
  std::size_t arguments = 0;  ///< the place of its first argument among the words
};

/// What a command starts: `NAME …` itself, or what `python3 [options] -m NAME …` or `python3 PATH/NAME …` start.
/// Nothing when Python would run something else (-c, standard input) or its options are unknown.
std::optional<PythonProgram> find_python_program(const std::vector<std::string>& words);

}  // namespace pge
