#include "apply/apply.hpp"

#include <format>

#include "apply/in_steps.hpp"
#include "apply/in_transaction.hpp"
#include "apply/part_run.hpp"

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

/// The way in which a part is run in a turn that is a session's.
Result<> run_in_session(const Turn& turn, const PartRun& run) {
  return run.part.transactional ? run_in_transaction(turn, run) : run_in_steps(turn, run);
}

Result<> run_part(const Turn& turn, const PartRun& run, Result<> (*way)(const Turn&, const PartRun&)) {
  const auto started = Clock::now();
  if (const int asked = turn.session.stop().requested(); asked != 0) return fail(stopped_by(asked));
  turn.session.defer_stops(turn.finish_on_stop);
  auto done = way(turn, run);
  if (!done) return fail(stopped_in(run, done.error()));
  turn.session.defer_stops(false);
  if (run.part.statements.empty()) {
    turn.session.events().warning("the migration has only comments: nothing was run",
                                  {{"version", run.key.version}, {"name", run.label}});
  }
  const std::initializer_list<Field> fields{
      {"version", run.key.version}, {"name", run.label}, {"ms", Clock::now() - started}};
  if (run.direction == Direction::apply) {
    turn.session.events().info("migration applied", fields);
  } else {
    turn.session.events().info("migration reverted", fields);
  }
  return {};
}

}  // namespace

Result<> apply(const Turn& turn, const Plan& plan, std::size_t& applied) {
  for (const PlannedMigration& planned : plan.pending) {
    if (auto done = run_part(turn, PartRun::of(planned, turn.retries), run_in_session); !done) return done;
    ++applied;
  }
  return {};
}

Result<> revert(const Turn& turn, const std::vector<PlannedRevert>& plan, std::size_t& reverted) {
  for (const PlannedRevert& planned : plan) {
    if (auto done = run_part(turn, PartRun::of(planned, turn.retries), run_in_session); !done) return done;
    ++reverted;
  }
  return {};
}

Result<> apply_next(const Turn& turn, const Plan& plan) {
  return run_part(turn, PartRun::of(plan.pending.front(), turn.retries), run_in_open_transaction);
}

Result<> revert_next(const Turn& turn, const std::vector<PlannedRevert>& plan) {
  return run_part(turn, PartRun::of(plan.front(), turn.retries), run_in_open_transaction);
}

}  // namespace pge
