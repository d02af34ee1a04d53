#include "config/file_env.hpp"

#include <algorithm>
#include <format>
#include <utility>

#include "config/value_file.hpp"

namespace pge {
namespace {

constexpr std::string_view suffix = "_FILE";

bool fits(std::string_view name, std::string_view pattern) {
  return pattern.ends_with('*') ? name.starts_with(pattern.substr(0, pattern.size() - 1)) : name == pattern;
}

/// The names without _FILE of those that a pattern fits.
std::vector<std::string> named(const EnvironmentList& environment, const std::vector<std::string>& patterns) {
  std::vector<std::string> names;
  for (const std::string& entry : environment) {
    std::string_view name = variable_name(entry);
    if (!name.ends_with(suffix)) continue;
    name.remove_suffix(suffix.size());
    const auto fits_name = [&](const std::string& pattern) { return fits(name, pattern); };
    if (!name.empty() && std::ranges::any_of(patterns, fits_name)) names.emplace_back(name);
  }
  return names;
}

}  // namespace

Result<> read_file_env(EnvironmentList& environment, const std::vector<std::string>& patterns) {
  for (const std::string& name : named(environment, patterns)) {
    const auto get = [&](const char* variable) { return variable_value(environment, variable); };
    auto found = find_value(name, get);
    if (!found) return fail(found.error());
    const std::string file_name = name + std::string(suffix);
    if (*found && !(*found)->file.empty()) {
      auto value = read_exact_value(file_name, (*found)->file);
      if (!value) return fail(value.error());
      set_variable(environment, name, *value);
    }
    unset_variable(environment, file_name);
  }
  return {};
}

}  // namespace pge
