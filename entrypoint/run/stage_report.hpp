#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/stop.hpp"

namespace pge {

/// What a start spends its time on.
enum class Phase : std::uint8_t {
  database,    ///< until the database answers
  lock,        ///< until it is our turn
  migrations,  ///< until somebody else has migrated
  migrate,     ///< applying what is pending
};
inline constexpr std::size_t phases = 4;

/// How many migrations there are, as far as that is known.
struct MigrationCounts {
  std::size_t applied = 0;  ///< by this start
  std::size_t pending = 0;  ///< that are left
};

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

  /// A phase begins or ends; see `InPhase`. It may do so several times.
  void enter(Phase phase) noexcept;
  void leave(Phase phase) noexcept;
  /// How long it has lasted in all, up to now if the stage was killed in it.
  std::chrono::nanoseconds spent_on(Phase phase) const noexcept;

  /// What is known of the migrations from now on; nothing while it changes, because a kill would leave it wrong.
  void counted(std::optional<MigrationCounts> counts) noexcept;
  std::optional<MigrationCounts> counts() const noexcept;

 private:
  struct Page {
    std::atomic<std::int64_t> answered_ns{0};  // steady clock; 0: never
    std::atomic<bool> end_told{false};
    std::array<std::atomic<std::int64_t>, phases> entered_ns{};  // 0: not in it
    std::array<std::atomic<std::int64_t>, phases> spent_ns{};
    std::atomic<std::size_t> applied{0};
    std::atomic<std::size_t> pending{0};
    std::atomic<bool> counted{false};
  };
  Page own_;
  Page* page_ = &own_;
};

/// A phase, from here to the end of the block.
class InPhase {
 public:
  InPhase(StageReport& report, Phase phase) noexcept : report_(report), phase_(phase) { report_.enter(phase_); }
  ~InPhase() { report_.leave(phase_); }
  InPhase(const InPhase&) = delete;
  InPhase& operator=(const InPhase&) = delete;

 private:
  StageReport& report_;
  Phase phase_;
};

}  // namespace pge
