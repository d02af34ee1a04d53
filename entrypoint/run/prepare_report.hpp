#pragma once

#include <atomic>
#include <cstdint>

namespace pge {

/// What the `prepare` child leaves for PID 1, in memory that both share.
struct PrepareReport {
  std::atomic<std::int64_t> answered_ns{0};  ///< steady clock, when the database first answered; 0: never
  std::atomic<bool> end_told{false};         ///< the log says why the stage ended

  /// On a page of its own, shared with every child forked later; lives as long as the process.
  static PrepareReport& shared();
};

}  // namespace pge
