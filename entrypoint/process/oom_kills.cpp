#include "process/oom_kills.hpp"

#include <exception>
#include <format>
#include <fstream>

#include "process/memory_group.hpp"

namespace pge {
namespace {

/// The count in a file of lines "name number". The kernel writes it before it sends the signal.
std::optional<std::uint64_t> count_in(const std::string& path) {
  std::ifstream file(path);
  std::string name;
  for (std::uint64_t count = 0; file >> name >> count;) {
    if (name == "oom_kill") return count;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> oom_kills(const char* membership, const char* root) noexcept {
  try {
    std::optional<std::uint64_t> sum;
    for (const MemoryGroup& group : memory_groups(membership, root)) {
      // The nearest that exists: those above count what happened to strangers.
      std::string path = group.path;
      std::optional<std::uint64_t> count;
      do {
        count =
            count_in(std::format("{}{}/{}", group.root, path, group.unified ? "memory.events" : "memory.oom_control"));
      } while (!count && go_up(path));
      if (count) sum = sum.value_or(0) + *count;
    }
    return sum;
  } catch (const std::exception&) {
    return std::nullopt;  // out of memory: what we wanted to know of others
  }
}

std::string reason_of_sigkill(std::optional<std::uint64_t> before, std::optional<std::uint64_t> now) {
  if (!before || !now) return "out of memory, or somebody sent the signal: the control group's count cannot be read";
  if (*now <= *before) return "the kernel has killed no process of this container for memory: somebody sent the signal";
  return std::format(
      "out of memory: the kernel has killed {} process(es) of this container for it meanwhile; raise its limit",
      *now - *before);
}

}  // namespace pge
