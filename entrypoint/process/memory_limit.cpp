#include "process/memory_limit.hpp"

#include <algorithm>
#include <format>
#include <fstream>
#include <limits>

#include "process/memory_group.hpp"

namespace pge {

std::optional<std::size_t> memory_limit(const std::string& membership, const std::string& root) {
  constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
  std::size_t limit = none;
  for (const MemoryGroup& group : memory_groups(membership, root)) {
    std::string path = group.path;
    do {
      std::ifstream file(
          std::format("{}{}/{}", group.root, path, group.unified ? "memory.max" : "memory.limit_in_bytes"));
      std::size_t bytes = 0;
      if (file >> bytes) limit = std::min(limit, bytes);  // "max" is no number
    } while (go_up(path));
  }
  if (limit == none) return std::nullopt;
  return limit;
}

}  // namespace pge
