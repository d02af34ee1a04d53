#include "cli/input_list.hpp"

#include <algorithm>
#include <format>

#include "core/strings.hpp"

namespace pge {
namespace {

/// A name as a shell can set it (POSIX, "Environment Variables").
bool is_variable_name(const std::string& name) {
  const auto fits = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
  return fits(name.front()) && std::ranges::all_of(name, [&](char c) { return fits(c) || (c >= '0' && c <= '9'); });
}

}  // namespace

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
