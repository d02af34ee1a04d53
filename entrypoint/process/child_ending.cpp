#include "process/child_ending.hpp"

#include <csignal>

#include "core/patience.hpp"

namespace pge {

void ChildEnding::ask(int number) {
  if (hopeless_at_) return;
  asked_ = true;
  tree_.signal(number);
  due_ = Clock::now() + grace_;
}

void ChildEnding::kill() {
  if (!hopeless_at_) {
    tell(SIGKILL);
    hopeless_at_ = Clock::now() + patience::kill_end;
  }
  tree_.signal(SIGKILL);
  due_ = Clock::now() + patience::kill_interval;
}

void ChildEnding::child_has_ended() {
  if (child_ended_) return;
  child_ended_ = true;
  if (!asked_ && !hopeless_at_) due_ = Clock::now() + patience::child_settle;
}

void ChildEnding::go_on() {
  if (!due_ || Clock::now() < *due_) return;
  if (asked_ || hopeless_at_) return kill();
  tell(SIGTERM);
  ask(SIGTERM);
}

}  // namespace pge
