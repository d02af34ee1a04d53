#include "apply/apply.hpp"

#include <format>
#include <memory>
#include <utility>

#include "apply/in_steps.hpp"
#include "apply/in_transaction.hpp"
#include "apply/part_run.hpp"
#include "apply/part_transaction.hpp"

namespace pge {
namespace {

/// For an ordinary stop, adds what became of the migration. An error at COMMIT already says how that ended.
Error stopped_in(const PartRun& run, Error error) {
  if (!error.next.is_plain_stop() || error.during == During::commit) return error;
  const bool reverts = run.direction == Direction::revert;
  error.message +=
      std::format(" in migration {}: {}", run.label,
                  run.part.transactional ? (reverts ? "nothing of it was reverted" : "nothing of it was applied")
                  : reverts              ? "pg-entrypoint down resumes it"
                                         : "the next start resumes it");
  return error;
}

/// A part that has its own COMMITs, by itself.
Result<> run_whole(const Turn& turn, const PartRun& run, Result<> (*way)(const Turn&, const PartRun&)) {
  const auto started = Clock::now();
  if (const int asked = turn.session.stop().requested(); asked != 0) return fail(stopped_by(asked));
  turn.session.defer_stops(turn.finish_on_stop);
  if (auto done = way(turn, run); !done) return fail(stopped_in(run, done.error()));
  turn.session.defer_stops(false);
  tell_done(turn, run, Clock::now() - started);
  return {};
}

/// Parts one after the other in a session. `done` counts them.
class Parts {
 public:
  Parts(const Turn& turn, std::size_t& done) : turn_(turn), done_(done) {}

  Result<> run(const PartRun& run) {
    if (!PartTransaction::may_follow(run.part) || turn_.session.stop().requested() != 0) {
      if (auto committed = finish(); !committed) return committed;
    }
    if (const int asked = turn_.session.stop().requested(); asked != 0 && !open_) return fail(stopped_by(asked));
    turn_.session.defer_stops(turn_.finish_on_stop);
    return run.part.transactional ? run_in_transaction(run) : run_in_steps(run);
  }

  /// COMMIT of the last one, where that is missing.
  Result<> finish() {
    const auto last = std::exchange(open_, nullptr);
    if (!last) return {};
    return count(last->run(), last->commit());
  }

 private:
  Result<> run_in_transaction(const PartRun& run) {
    const auto before = std::exchange(open_, nullptr);
    auto part = std::make_unique<PartTransaction>(turn_, run);
    auto done = part->run_up_to_commit(before.get());
    if (before && !before->is_committed()) {
      if (auto committed = count(before->run(), before->try_again(done.error())); !committed) return committed;
      return this->run(run);  // which has not begun
    }
    if (before) ++done_;
    if (!done) return fail(stopped_in(run, done.error()));
    open_ = std::move(part);
    return {};
  }

  Result<> run_in_steps(const PartRun& run) {
    auto done = run_whole(turn_, run, pge::run_in_steps);
    if (done) ++done_;
    return done;
  }

  Result<> count(const PartRun& run, Result<> done) {
    if (!done) return fail(stopped_in(run, done.error()));
    turn_.session.defer_stops(false);
    ++done_;
    return {};
  }

  const Turn& turn_;
  std::size_t& done_;
  std::unique_ptr<PartTransaction> open_;  ///< its COMMIT is missing
};

template <typename Planned>
Result<> run_all(const Turn& turn, const std::vector<Planned>& plan, std::size_t& done) {
  Parts parts(turn, done);
  for (const Planned& planned : plan) {
    if (auto run = parts.run(PartRun::of(planned, turn.retries)); !run) return run;
  }
  return parts.finish();
}

}  // namespace

Result<> apply(const Turn& turn, const Plan& plan, std::size_t& applied) {
  return run_all(turn, plan.pending, applied);
}

Result<> revert(const Turn& turn, const std::vector<PlannedRevert>& plan, std::size_t& reverted) {
  return run_all(turn, plan, reverted);
}

Result<> apply_next(const Turn& turn, const Plan& plan) {
  return run_whole(turn, PartRun::of(plan.pending.front(), turn.retries), run_in_open_transaction);
}

Result<> revert_next(const Turn& turn, const std::vector<PlannedRevert>& plan) {
  return run_whole(turn, PartRun::of(plan.front(), turn.retries), run_in_open_transaction);
}

}  // namespace pge
