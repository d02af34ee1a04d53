#pragma once

#include <chrono>
#include <random>

namespace pge {

/// A retry policy as a value. Pauses double from `initial` to `maximum`, and each is drawn from [1 - jitter, 1] of
/// that, so that replicas which start together do not retry in lockstep.
struct Backoff {
  std::chrono::milliseconds initial;
  std::chrono::milliseconds maximum;
  double jitter = 0.5;

  /// The pause after failed attempt number `attempt` (from 0); `random` is in [0, 1).
  std::chrono::milliseconds pause(unsigned attempt, double random) const noexcept;
};

/// Uniform numbers in [0, 1); seeded from the system unless a test gives a seed.
class Jitter {
 public:
  Jitter();
  explicit Jitter(unsigned seed) : engine_(seed) {}
  double operator()() { return std::uniform_real_distribution<double>(0.0, 1.0)(engine_); }

 private:
  std::minstd_rand engine_;
};

}  // namespace pge
