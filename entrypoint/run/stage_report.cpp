#include "run/stage_report.hpp"

#include <sys/mman.h>

#include <new>

namespace pge {

StageReport::StageReport() {
  void* shared = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared != MAP_FAILED) page_ = new (shared) Page;
}

void StageReport::database_answered() noexcept {
  std::int64_t never = 0;
  const std::chrono::nanoseconds now = Clock::now().time_since_epoch();
  page_->answered_ns.compare_exchange_strong(never, now.count());
}

std::optional<Clock::time_point> StageReport::first_answer() const noexcept {
  const std::chrono::nanoseconds answered{page_->answered_ns.load()};
  if (answered.count() == 0) return std::nullopt;
  return Clock::time_point(answered);
}

}  // namespace pge
