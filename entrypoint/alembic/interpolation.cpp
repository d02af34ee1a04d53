#include "alembic/interpolation.hpp"

#include <format>

namespace pge {
namespace {

constexpr int deepest = 10;  // as configparser's MAX_INTERPOLATION_DEPTH

std::optional<std::string> replace(std::string_view value, const std::map<std::string, std::string>& values,
                                   int depth) {
  if (depth > deepest) return std::nullopt;
  std::string out;
  while (!value.empty()) {
    const std::size_t percent = value.find('%');
    out += value.substr(0, percent);
    if (percent == std::string_view::npos) break;
    value.remove_prefix(percent);
    if (value.starts_with("%%")) {
      out += '%';
      value.remove_prefix(2);
      continue;
    }
    const std::size_t end = value.find(")s");
    if (!value.starts_with("%(") || end == std::string_view::npos) return std::nullopt;
    const auto found = values.find(std::string(value.substr(2, end - 2)));
    if (found == values.end()) return std::nullopt;
    const auto inner = replace(found->second, values, depth + 1);
    if (!inner) return std::nullopt;
    out += *inner;
    value.remove_prefix(end + 2);
  }
  return out;
}

}  // namespace

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::optional<std::string> interpolate(std::string_view value, const std::map<std::string, std::string>& values) {
  return replace(value, values, 0);
}

Error uninterpolated(const std::string& path, std::string_view key) {
  return {.code = ExitCode::configuration,
          .message = std::format("the setting {} cannot be read: %(…)s does not refer to another setting", key),
          .hint = "only %(here)s, %% and settings of the same section can be used here",
          .where = {.file = path}};
}

}  // namespace pge
