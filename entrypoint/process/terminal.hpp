#pragma once

#include <sys/types.h>

namespace pge {

/// The terminal that this process shares with whoever started it, while a child in a process group of its own uses it.
/// A shell looks after its own jobs; a shell that runs us knows our process group only. So this gives the terminal to
/// the child, takes it back, and stops our group when the child has stopped, as if all were one job. Does not allocate.
/// SIGTTOU must be blocked.
class Terminal {
 public:
  /// Before the child is started, which takes the foreground itself if it `is_in_foreground`.
  Terminal() noexcept;

  /// False without a terminal, or where this process has no process group that it can name.
  bool is_ours() const noexcept { return own_group_ > 0; }

  void lend_to(pid_t child) noexcept { child_group_ = child; }

  /// The child was stopped by `number`. Stops our process group likewise; returns when that is continued, or at once
  /// where the kernel does not stop it: process 1, or a group that no shell looks after.
  void child_stopped(int number) noexcept;

  /// This process was continued, by a shell's `fg` or `bg`.
  void continued() noexcept;

  /// Another process of our group, such as the other end of a pipeline, wants to use the terminal.
  void give_to_own_group() noexcept;

  /// When the child has ended, with all that it left behind: the terminal is ours again if it was lent.
  void take_back() noexcept;

 private:
  pid_t foreground() const noexcept;
  bool give_to(pid_t group) const noexcept;
  void continue_child(bool lend) noexcept;

  int descriptor_ = -1;
  pid_t own_group_ = 0;
  pid_t child_group_ = 0;
  bool lent_ = false;
};

/// Whether our process group is in the foreground of the terminal on stdin. `supervisor` is who started us, or
/// ourselves: process 1 has the terminal to itself. Async-signal-safe.
bool is_in_foreground(pid_t supervisor) noexcept;

}  // namespace pge
