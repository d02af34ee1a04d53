#include "core/long_wait.hpp"

#include <algorithm>

namespace pge {

milliseconds LongWait::waited(Time now) {
  if (!started_) started_ = now;
  return std::chrono::duration_cast<milliseconds>(now - *started_);
}

LongWait::Rest LongWait::rest(Time now, double random) {
  const milliseconds waited_so_far = waited(now);
  const bool leaves = policy_.tries > 0 && attempt_ + 1 >= policy_.tries;
  last_rest_ = leaves ? policy_.absence.pause(absences_++, random) : policy_.backoff.pause(attempt_++, random);
  if (policy_.timeout > waited_so_far) last_rest_ = std::min(last_rest_, policy_.timeout - waited_so_far);
  return {.length = last_rest_, .without_session = leaves};
}

void LongWait::reset() {
  tell_.reset();
  started_.reset();
  attempt_ = 0;
  absences_ = 0;
}

}  // namespace pge
