#include "run/stage_report.hpp"

#include <sys/mman.h>

#include <new>

namespace pge {
namespace {

/// Since the boot, so that all processes of a start agree.
std::int64_t now_ns() noexcept {
  const std::chrono::nanoseconds now = Clock::now().time_since_epoch();
  return now.count();
}

std::size_t index_of(Phase phase) noexcept {
  return static_cast<std::size_t>(phase);
}

}  // namespace

StageReport::StageReport() {
  void* shared = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared != MAP_FAILED) page_ = new (shared) Page;
}

void StageReport::database_answered() noexcept {
  std::int64_t never = 0;
  page_->answered_ns.compare_exchange_strong(never, now_ns());
}

std::optional<Clock::time_point> StageReport::first_answer() const noexcept {
  const std::chrono::nanoseconds answered{page_->answered_ns.load()};
  if (answered.count() == 0) return std::nullopt;
  return Clock::time_point(answered);
}

void StageReport::enter(Phase phase) noexcept {
  page_->entered_ns[index_of(phase)] = now_ns();
}

void StageReport::leave(Phase phase) noexcept {
  const std::int64_t entered = page_->entered_ns[index_of(phase)].exchange(0);
  page_->spent_ns[index_of(phase)] += now_ns() - entered;
}

std::chrono::nanoseconds StageReport::spent_on(Phase phase) const noexcept {
  const std::int64_t entered = page_->entered_ns[index_of(phase)];
  const std::int64_t open = entered == 0 ? 0 : now_ns() - entered;
  return std::chrono::nanoseconds(page_->spent_ns[index_of(phase)] + open);
}

void StageReport::counted(std::optional<MigrationCounts> counts) noexcept {
  page_->counted = false;
  if (!counts) return;
  page_->applied = counts->applied;
  page_->pending = counts->pending;
  page_->counted = true;
}

std::optional<MigrationCounts> StageReport::counts() const noexcept {
  if (!page_->counted) return std::nullopt;
  return MigrationCounts{.applied = page_->applied, .pending = page_->pending};
}

}  // namespace pge
