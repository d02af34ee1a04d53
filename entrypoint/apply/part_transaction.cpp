#include "apply/part_transaction.hpp"

#include <utility>

#include "apply/failure.hpp"
#include "apply/in_pipeline.hpp"

namespace pge {

/// It is not said that any statement has run before this.
void PartTransaction::begun() {
  if (!std::exchange(told_, true)) tell_started(turn_, run_);
}

Result<> PartTransaction::run_up_to_commit(PartTransaction* before) {
  for (;;) {
    auto done = attempt(before);
    if (done || (before != nullptr && !before->is_committed())) return done;
    before = nullptr;
    if (auto paused = retries_.pause_after(done.error(), run_.label); !paused) return paused;
  }
}

Result<> PartTransaction::commit() {
  auto done = commit_alone();
  return done ? done : try_again(std::move(done.error()));
}

Result<> PartTransaction::try_again(Error error) {
  // The next part's row may have been counted already.
  turn_.history.forget_order();
  for (;;) {
    error = explain_commit_failure(run_, run_.part.statements.size(), std::move(error));
    if (auto paused = retries_.pause_after(error, run_.label); !paused) return paused;
    if (auto done = run_up_to_commit(nullptr); !done) return done;
    auto done = commit_alone();
    if (done) return done;
    error = std::move(done.error());
  }
}

Result<> PartTransaction::commit_alone() {
  auto done = end_transaction(turn_, {});
  if (done) note_commit();
  return done;
}

/// One try. A failed one leaves nothing behind.
Result<> PartTransaction::attempt(PartTransaction* before) {
  PartRun limited = run_;
  limited.lock_timeout = turn_.retries.timeout_of_try(retries_.failed(), run_.lock_timeout);
  auto done = may_follow(run_.part) ? attempt_ahead(limited, before) : attempt_in_shape(limited);
  if (!done) turn_.session.rollback();
  return done;
}

Result<> PartTransaction::attempt_in_shape(const PartRun& limited) {
  if (auto sound = verify_session(turn_); !sound) return sound;
  begun();
  if (auto ready = turn_.profile.apply(turn_.session); !ready) return ready;
  if (auto set = SessionProfile::set_lock_timeout(turn_.session, limited.lock_timeout); !set) return set;
  const TransactionShape& shape = run_.part.shape;
  if (auto open = begin_transaction(turn_, limited, shape, 0); !open) return open;
  return run_ahead(turn_, limited, shape.leading, frame_of_row(turn_, limited, started_, [this] { begun(); }));
}

Result<> PartTransaction::attempt_ahead(const PartRun& limited, PartTransaction* before) {
  if (auto chosen = turn_.profile.choose_safety(turn_.session); !chosen) return chosen;
  const auto run_all = [&] {
    Frame frame = frame_of_transaction(turn_, limited, started_, [this] { begun(); });
    const bool along = before != nullptr && !before->is_committed();
    if (along) frame.opening.insert(frame.opening.begin(), commit_before(*before));
    return run_ahead(turn_, limited, 0, frame);
  };
  auto done = run_all();
  // The server would take a second COMMIT, with no transaction to end, for a success.
  if (before != nullptr && !before->is_committed()) return done;
  PreparedStatements& prepared = turn_.session.prepared();
  if (!done && prepared.take_change() && !turn_.session.closed()) {
    // This file, or the one before it, has prepared or deallocated statements: so once without any of ours.
    turn_.session.rollback();
    prepared.keep(false);
    done = run_all();
    prepared.keep(true);
  }
  return done;
}

OwnStatement PartTransaction::commit_before(PartTransaction& before) {
  OwnStatement commit = commit_statement();
  commit.judge = [this, &before, judge = std::move(commit.judge)](Result<Rows> answer) -> Result<> {
    auto done = judge(std::move(answer));
    if (!done) return done;
    before.note_commit();
    // This one was sent before the stop has come (`--on-stop=finish`), but it has not begun.
    if (const int asked = turn_.session.stop().requested(); asked != 0) return fail(stopped_by(asked));
    started_ = Clock::now();
    retries_.start_try();
    return done;
  };
  return commit;
}

void PartTransaction::note_commit() {
  committed_ = true;
  tell_done(turn_, run_, Clock::now() - started_);
}

}  // namespace pge
