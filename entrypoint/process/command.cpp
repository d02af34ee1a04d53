#include "process/command.hpp"

#include <format>

#include "core/environment_list.hpp"
#include "process/executable.hpp"

namespace pge {
namespace {

// What container engines set when the image says nothing.
constexpr std::string_view default_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string_view path_of(const Command& command) noexcept {
  const char* const variable = variable_value(command.environment, "PATH");
  return variable == nullptr ? default_path : variable;
}

std::vector<std::string> search_path(const Command& command, const std::string& name) {
  const std::string_view path = path_of(command);
  std::vector<std::string> found;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    // An empty element means the current directory (execvp(3)).
    const std::string_view directory = end == begin ? "." : path.substr(begin, end - begin);
    std::string candidate = std::format("{}/{}", directory, name);
    if (!is_absent(candidate)) found.push_back(std::move(candidate));
    begin = end + 1;
  }
  return found;
}

}  // namespace

Result<std::vector<std::string>> find_candidates(const Command& command) {
  if (command.argv.empty() || command.argv.front().empty()) {
    return fail(ExitCode::usage, "the command to run is empty", "write it after `--`: pg-entrypoint -- CMD ARGS");
  }
  const std::string& name = command.argv.front();
  auto candidates = name.contains('/') ? std::vector{name} : search_path(command, name);
  if (candidates.empty()) {
    return fail(ExitCode::not_found,
                std::format("command not found: {} is not in any directory of PATH ({})", name, path_of(command)),
                "check the spelling, or write the full path");
  }
  std::optional<Error> first;
  std::erase_if(candidates, [&](const std::string& candidate) {
    auto fault = fault_of_executable(candidate);
    if (fault && !first) first = fault;
    return fault.has_value();
  });
  if (candidates.empty()) return fail(*std::move(first));
  return candidates;
}

}  // namespace pge
