#include "process/healthcheck.hpp"

#include <dirent.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <format>
#include <fstream>
#include <iterator>
#include <memory>
#include <string_view>
#include <system_error>

namespace pge {
namespace {

constexpr std::string_view prefix = "pge:";

// The most advanced state is reported: PID 1 stays `preparing` while its child waits, locks and migrates.
constexpr std::array<std::string_view, 5> states = {"preparing", "waiting", "locking", "migrating", "serving"};

std::string name_of_process(const std::string& proc_root, const char* pid) {
  std::ifstream file(std::format("{}/{}/comm", proc_root, pid));
  std::string name;
  std::getline(file, name);
  return name;
}

}  // namespace

Result<std::string> entrypoint_state(const std::string& proc_root) {
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(opendir(proc_root.c_str()), closedir);
  if (!proc) {
    return fail(ExitCode::unavailable, std::format("{}: {}", proc_root, std::generic_category().message(errno)),
                "mount /proc in the container");
  }
  auto furthest = states.begin();
  bool found = false;
  while (const dirent* entry = readdir(proc.get())) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    const std::string name = name_of_process(proc_root, entry->d_name);
    if (!name.starts_with(prefix)) continue;
    const auto state = std::ranges::find(states, std::string_view(name).substr(prefix.size()));
    if (state == states.end()) continue;
    found = true;
    furthest = std::max(furthest, state);
  }
  if (!found)
    return fail(ExitCode::unavailable, "no pg-entrypoint is running here", "it must be the container's ENTRYPOINT");
  return std::string(*furthest);
}

}  // namespace pge
