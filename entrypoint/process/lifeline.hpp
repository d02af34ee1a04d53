#pragma once

#include "core/descriptor.hpp"

namespace pge {

/// Between the entrypoint's first process and the stage that it forks: each outlives the other's SIGKILL for as long as
/// there is something to clean up. The stage sees when its parent is gone. What the stage *holds*, the socket of the
/// session with the advisory lock, stays open until both processes have closed it: the server does not free the lock
/// before (docs/adr/0011-ending-a-migrator.md).
///
/// Without descriptors to make it of it does nothing, and `hold` says so.
class Lifeline {
 public:
  /// For the parent, before the fork.
  Lifeline() noexcept;

  /// For the stage, first of all.
  void join() noexcept;

  // In the stage:

  /// Readable when the parent is gone; -1 where that cannot be seen.
  int parent_gone() const noexcept { return reader_.get(); }

  /// From now on the stage survives its parent, which is to be watched for by `parent_gone`, and `socket` stays open
  /// when the stage is killed. False when the second could not be arranged.
  bool hold(int socket) noexcept;

  /// The end of `hold`. The stage dies with its parent again.
  void let_go() noexcept;

  // In the parent, when the stage has ended:

  /// Whether the stage has ended, somehow, while it held something.
  bool still_holds() const noexcept;

 private:
  Descriptor reader_;  ///< the stage's end of a pipe that nothing is written to: it ends with the parent
  Descriptor writer_;  ///< the parent's
  Descriptor giver_;   ///< of a pair of sockets: a descriptor that is sent and not received is open, like its message,
  Descriptor keeper_;  ///< as long as the receiving end is, which both processes have
};

/// Holds while it exists.
class LifelineHold {
 public:
  LifelineHold(Lifeline& lifeline, int socket) noexcept : lifeline_(lifeline), complete_(lifeline.hold(socket)) {}
  ~LifelineHold() { lifeline_.let_go(); }
  LifelineHold(const LifelineHold&) = delete;
  LifelineHold& operator=(const LifelineHold&) = delete;

  bool complete() const noexcept { return complete_; }

 private:
  Lifeline& lifeline_;
  bool complete_;
};

}  // namespace pge
