#include "process/memory_limit.hpp"

#include <algorithm>
#include <format>
#include <fstream>
#include <limits>
#include <string_view>

#include "core/strings.hpp"

namespace pge {
namespace {

constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

/// The smallest number in the files called `name` from `path` up to `root`. In a container the path may be that of the
/// host, which does not exist here; then the root is the container's own group.
std::size_t smallest(const std::string& root, std::string path, const std::string& name) {
  std::size_t found = none;
  for (;;) {
    while (path.ends_with('/')) path.pop_back();
    std::ifstream file(std::format("{}{}/{}", root, path, name));
    std::size_t bytes = 0;
    if (file >> bytes) found = std::min(found, bytes);  // "max" is no number
    if (path.empty()) return found;
    path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
  }
}

}  // namespace

std::optional<std::size_t> memory_limit(const std::string& membership, const std::string& root) {
  std::ifstream groups(membership);
  std::size_t limit = none;
  // cgroups(7): hierarchy-ID:controller-list:cgroup-path, with an empty list for version 2.
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers.empty()) limit = std::min(limit, smallest(root, path, "memory.max"));
    if (std::ranges::contains(split(controllers, ","), "memory"))
      limit = std::min(limit, smallest(root + "/memory", path, "memory.limit_in_bytes"));
  }
  if (limit == none) return std::nullopt;
  return limit;
}

}  // namespace pge
