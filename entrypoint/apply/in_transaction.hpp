#pragma once

#include <cstddef>

#include "apply/part_run.hpp"

namespace pge {

/// One statement of a part; a failure is told with its place in the file, and what is not the file's fault (a lost
/// connection, a server that stops) is told as such.
Result<> run_statement(const Turn& turn, const PartRun& run, const Statement& statement, milliseconds lock_timeout);

/// How often and after which pauses a part, or a step of it, is tried again when it gave way to a lock.
class Retries {
 public:
  Retries(Session& session, const LockRetries& policy) : session_(session), policy_(policy) {}

  /// A try starts now; the first one has started with the construction.
  void start_try() noexcept { started_ = Clock::now(); }

  /// How many tries have failed.
  unsigned failed() const noexcept { return failed_; }

  /// Roll back and pause, when another try may help; else the error that ends the part: `error` itself, or the stop
  /// that came meanwhile. A try leaves nothing behind when it fails. `name`: the part's label.
  Result<> pause_after(const Error& error, const std::string& name);

 private:
  Session& session_;
  const LockRetries& policy_;
  Jitter jitter_;
  unsigned failed_ = 0;
  Clock::time_point started_ = Clock::now();
};

/// BEGIN, with the transaction-level lock. Call `end_transaction` afterwards, even if this fails.
Result<> begin_transaction(const Turn& turn);

/// BEGIN for the statements of the part from index `first` on: runs those that have to come before the lock
/// (`shape.leading`). Call `end_transaction` afterwards, even if this fails.
Result<> begin_transaction(const Turn& turn, const PartRun& run, const TransactionShape& shape, std::size_t first);

/// COMMIT when everything since BEGIN is `done`; roll back when that, or the COMMIT, has failed.
Result<> end_transaction(const Turn& turn, Result<> done);

/// Runs everything in the transaction that is open and has the lock and the profile, the history row first, and COMMIT
/// (ADR 10); one try.
Result<> run_in_open_transaction(const Turn& turn, const PartRun& run);

}  // namespace pge
