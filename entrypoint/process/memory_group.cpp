#include "process/memory_group.hpp"

#include <algorithm>
#include <fstream>

#include "core/strings.hpp"

namespace pge {

std::vector<MemoryGroup> memory_groups(const std::string& membership, const std::string& root) {
  std::ifstream groups(membership);
  std::vector<MemoryGroup> found;
  // cgroups(7): hierarchy-ID:controller-list:cgroup-path, with an empty list for version 2.
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    std::string path = line.substr(second + 1);
    while (path.ends_with('/')) path.pop_back();
    if (controllers.empty()) found.push_back({.root = root, .path = path, .unified = true});
    if (std::ranges::contains(split(controllers, ","), "memory")) {
      found.push_back({.root = root + "/memory", .path = path});
    }
  }
  return found;
}

bool go_up(std::string& path) {
  if (path.empty()) return false;
  path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
  while (path.ends_with('/')) path.pop_back();
  return true;
}

}  // namespace pge
