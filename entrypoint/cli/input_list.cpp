#include "cli/input_list.hpp"

#include <format>

#include "core/environment_list.hpp"
#include "core/strings.hpp"

namespace pge {
std::expected<std::vector<std::string>, std::string> split_input_list(const std::string& given) {
  const std::vector<std::string> pieces = split(given, ":");
  std::vector<std::string> inputs;
  for (std::size_t at = 0; at < pieces.size(); ++at) {
    if (pieces[at] != "env" || at + 1 == pieces.size()) {
      inputs.push_back(pieces[at]);
      continue;
    }
    const std::string& name = pieces[++at];
    if (!is_variable_name(name)) {
      return std::unexpected(
          std::format("env:{} does not name an environment variable; a folder called env is written ./env", name));
    }
    inputs.push_back("env:" + name);
  }
  return inputs;
}

}  // namespace pge
