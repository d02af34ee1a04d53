#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "core/stop.hpp"

namespace pge {

/// What a stage leaves for PID 1, on a page of memory that both share. `main` makes it before the first fork and hands
/// it down; where no page can be had, each side has a copy of its own and PID 1 does not hear. The page lives as long
/// as the process.
class StageReport {
 public:
  StageReport();
  StageReport(const StageReport&) = delete;
  StageReport& operator=(const StageReport&) = delete;

  /// The database has answered a query; the first call counts.
  void database_answered() noexcept;
  /// When that was; nothing when it has not answered yet.
  std::optional<Clock::time_point> first_answer() const noexcept;

  /// The log says why the stage ended, so PID 1 need not.
  void end_was_told() noexcept { page_->end_told = true; }
  bool end_is_told() const noexcept { return page_->end_told; }

 private:
  struct Page {
    std::atomic<std::int64_t> answered_ns{0};  // steady clock; 0: never
    std::atomic<bool> end_told{false};
  };
  Page own_;
  Page* page_ = &own_;
};

}  // namespace pge
