#include "core/host_name.hpp"

#include <unistd.h>

#include <array>
#include <climits>

namespace pge {

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> host{};
  gethostname(host.data(), host.size() - 1);
  return host.data();
}

}  // namespace pge
