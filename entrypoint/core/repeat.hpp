#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>

#include "core/patience.hpp"

namespace pge {

/// What a wait says to the log: each thing once when it is new, and after that something at an interval.
class TellEvery {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit TellEvery(std::chrono::milliseconds interval = patience::tell_every) : interval_(interval) {}

  /// Whether `what` has to be told at `now`; yes counts as told. A wait that has only one thing to say leaves it out.
  bool due(Time now, const std::string& what = {}) {
    const bool is_new = told_.insert(what).second;
    if (!is_new && told_at_ && now - *told_at_ < interval_) return false;
    told_at_ = now;
    return true;
  }

  /// A new wait: everything is new again.
  void reset() {
    told_.clear();
    told_at_.reset();
  }

 private:
  std::chrono::milliseconds interval_;
  std::set<std::string> told_;
  std::optional<Time> told_at_;
};

}  // namespace pge
