#pragma once

#include <functional>
#include <optional>

#include "core/stop.hpp"
#include "process/child_tree.hpp"
#include "process/orphans.hpp"

namespace pge {

/// How a child and all that it has started are brought to an end, step by step: asked, given time, killed, and at last
/// given up. `due` says when `go_on` has the next step to do.
class ChildEnding {
 public:
  /// Told before a signal is sent to what did not end by itself: SIGTERM to what the child left behind, SIGKILL to all
  /// that is left of it.
  using Tell = std::function<void(int number, const Leftovers& left)>;

  /// `grace`: between asking and SIGKILL. Both references must live as long as this.
  ChildEnding(const ChildTree& tree, milliseconds grace, const Tell& tell) : tree_(tree), grace_(grace), tell_(tell) {}

  /// Sends `number` to all of them, and SIGKILL after the grace. Does nothing once they are killed.
  void ask(int number);

  /// SIGKILL, repeated, because a process that is forked while /proc is read is not on the list.
  void kill();

  /// The child itself has ended; the rest has the time that it was given. Without having been asked it is asked soon:
  /// what ends right after the child, such as the end of a pipeline, needs no signal.
  void child_has_ended();
  bool child_ended() const noexcept { return child_ended_; }

  std::optional<Clock::time_point> due() const noexcept { return due_; }
  void go_on();

  /// SIGKILL has not helped for a second: they belong to another user, hang in the kernel, or cannot be found.
  bool is_hopeless() const noexcept { return hopeless_at_ && Clock::now() >= *hopeless_at_; }

 private:
  void tell(int number) const {
    if (tell_) tell_(number, find_leftovers());
  }

  const ChildTree& tree_;
  milliseconds grace_;
  const Tell& tell_;
  bool asked_ = false;
  bool child_ended_ = false;
  std::optional<Clock::time_point> due_;
  std::optional<Clock::time_point> hopeless_at_;  ///< set with the first SIGKILL
};

}  // namespace pge
