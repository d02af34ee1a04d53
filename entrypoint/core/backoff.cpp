#include "core/backoff.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>

namespace pge {

std::chrono::milliseconds Backoff::pause(unsigned attempt, double random) const noexcept {
  const auto most = static_cast<double>(maximum.count());
  const double full = std::min(most, static_cast<double>(initial.count()) * std::exp2(attempt));
  return std::chrono::milliseconds(static_cast<long long>(full * (1.0 - (jitter * random))));
}

// Replicas may start in the same microsecond, all as pid 1, so the seed also mixes in what differs between them.
Jitter::Jitter()
    : engine_(static_cast<unsigned>(std::chrono::high_resolution_clock::now().time_since_epoch().count()) ^
              (static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(this) >> 4U)) ^
              (static_cast<unsigned>(getpid()) * 2654435761U)) {}

}  // namespace pge
