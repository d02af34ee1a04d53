#include "process/command.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <format>

namespace pge {
namespace {

// What container engines set when the image says nothing.
constexpr std::string_view default_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool may_exist(const std::string& path) noexcept {
  struct stat status{};
  // Another error than "not there" is execve's to report.
  return stat(path.c_str(), &status) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

}  // namespace

const char* environment_value(const std::vector<std::string>& environment, std::string_view name) noexcept {
  for (const std::string& entry : environment) {
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=') {
      return entry.c_str() + name.size() + 1;
    }
  }
  return nullptr;
}

Result<std::vector<std::string>> find_candidates(const Command& command) {
  if (command.argv.empty() || command.argv.front().empty()) {
    return fail(ExitCode::usage, "the command to run is empty", "write it after `--`: pg-entrypoint -- CMD ARGS");
  }
  const std::string& name = command.argv.front();
  std::vector<std::string> candidates;
  if (name.contains('/')) {
    candidates.push_back(name);
    return candidates;
  }
  const char* const variable = environment_value(command.environment, "PATH");
  const std::string_view path = variable == nullptr ? default_path : variable;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    // An empty element means the current directory (execvp(3)).
    const std::string_view directory = end == begin ? "." : path.substr(begin, end - begin);
    std::string candidate = std::format("{}/{}", directory, name);
    if (may_exist(candidate)) candidates.push_back(std::move(candidate));
    begin = end + 1;
  }
  if (candidates.empty()) {
    return fail(ExitCode::not_found, std::format("command not found: {} is in no directory of PATH ({})", name, path),
                "check the spelling, or write the full path");
  }
  return candidates;
}

}  // namespace pge
