#pragma once

#include <utility>

#include "apply/in_transaction.hpp"

namespace pge {

/// A part in one transaction of its own, the history row first. If it gives way to a lock, it is tried again from the
/// start. Its COMMIT comes when every answer is in, and may go along with the message that starts the next part: that
/// saves waiting for its answer (ADR 22).
class PartTransaction {
 public:
  PartTransaction(const Turn& turn, PartRun run)
      : turn_(turn), run_(std::move(run)), retries_(turn.session, turn.retries) {}
  PartTransaction(const PartTransaction&) = delete;
  PartTransaction& operator=(const PartTransaction&) = delete;

  /// Whether the COMMIT of a part before this one may go along with it: not with a transaction that is opened in
  /// another way than usual, which takes messages of its own.
  static bool may_follow(const Part& part) noexcept {
    return part.transactional && !part.shape.isolation && part.shape.leading == 0;
  }

  /// Everything but COMMIT. `before`: a part of which only COMMIT is missing, and with which this one may go along; or
  /// null. Where it is not committed after a failure, the failure is its own: see `try_again`.
  Result<> run_up_to_commit(PartTransaction* before);

  /// COMMIT, alone.
  Result<> commit();

  /// After its COMMIT, which went along with another part, has failed: until it is committed, or the error that ends
  /// it.
  Result<> try_again(Error error);

  bool is_committed() const noexcept { return committed_; }
  const PartRun& run() const noexcept { return run_; }

 private:
  Result<> attempt(PartTransaction* before);
  Result<> attempt_in_shape(const PartRun& limited);
  Result<> attempt_ahead(const PartRun& limited, PartTransaction* before);
  Result<> commit_alone();
  OwnStatement commit_before(PartTransaction& before);
  void begun();
  void note_commit();

  const Turn& turn_;
  PartRun run_;
  Retries retries_;
  Clock::time_point started_ = Clock::now();
  bool told_ = false;
  bool committed_ = false;
};

}  // namespace pge
