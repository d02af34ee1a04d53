#pragma once

#include <sys/types.h>

#include <optional>

#include "process/outcome.hpp"

namespace pge {

/// A child that leads a process group, with all that it starts, in a process that has no other children and is their
/// subreaper: what loses its parent becomes a child here, also after setsid(2). So when no child is left, nothing of it
/// runs.
class ChildTree {
 public:
  explicit ChildTree(pid_t leader) noexcept : leader_(leader) {}

  /// Reaps what has ended; false when nothing is left.
  bool reap() noexcept;

  /// How the leader has ended; nothing while it runs. The rest may still be running.
  const std::optional<Outcome>& outcome() const noexcept { return outcome_; }

  /// Sends the signal once to each process, and SIGCONT, because a stopped process acts on no signal until it is
  /// continued. Where /proc cannot be read: to the process group.
  void signal(int number) const noexcept;

 private:
  pid_t leader_;
  std::optional<Outcome> outcome_;
};

}  // namespace pge
