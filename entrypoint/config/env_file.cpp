#include "config/env_file.hpp"

#include <cstddef>
#include <format>
#include <string_view>

#include "core/file.hpp"
#include "core/text.hpp"
#include "core/utf8.hpp"

namespace pge {
namespace {

constexpr std::string_view blanks = " \t";

/// What is wrong with a line that is no comment; nullptr: nothing.
const char* fault_of(std::string_view name, std::string_view line) {
  if (name.empty()) return "has no variable's name before the '='";
  if (name.find_first_of(blanks) != std::string_view::npos) return "has a blank in the variable's name";
  if (find_invalid_utf8(line) != std::string_view::npos) return "is not UTF-8";
  return line.contains('\0') ? "has a NUL byte" : nullptr;
}

}  // namespace

Result<EnvironmentList> read_env_file(const std::string& path) {
  const auto text = read_file(path);
  if (!text) {
    return fail(ExitCode::configuration, std::format("--env-file: {} cannot be read: {}", path, text.error().message()),
                "is it mounted, and readable by the user that this container starts as?");
  }
  EnvironmentList variables;
  std::string_view rest = *text;
  if (rest.starts_with(byte_order_mark)) rest.remove_prefix(byte_order_mark.size());
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    if (line.empty() || line.starts_with('#')) continue;
    const std::string_view name = variable_name(line);
    if (const char* fault = fault_of(name, line)) {
      return fail(ExitCode::configuration, std::format("--env-file: line {} of {} {}", number, path, fault),
                  "write NAME=value, without export and without quotes, as docker run --env-file takes it");
    }
    if (name.size() < line.size()) set_variable(variables, name, line.substr(name.size() + 1));
  }
  return variables;
}

}  // namespace pge
