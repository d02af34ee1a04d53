#include "apply/apply.hpp"

#include <format>

#include "apply/in_steps.hpp"
#include "apply/in_transaction.hpp"

namespace pge {
namespace {

/// A plain stop, with what has become of the migration; how a COMMIT has ended says the error by itself.
Error stopped_in(const Script& script, Error error) {
  if (error.stop_signal == 0 || error.message != stopped_by(error.stop_signal).message) return error;
  error.message +=
      std::format(" in migration {}: {}", script.label,
                  script.part.transactional ? "nothing of it is done" : "the next start goes on where it stands");
  return error;
}

Result<> run(const Workbench& bench, const Script& script) {
  const auto started = Clock::now();
  if (const int asked = bench.session.stop().requested(); asked != 0) return fail(stopped_by(asked));
  bench.session.defer_stops(bench.finish_on_stop);
  if (auto held = bench.lock.verify(); !held) return held;
  if (!script.resume) {
    bench.session.events().info("migration begun", {{"version", script.key.version}, {"name", script.label}});
  }
  auto done = script.part.transactional ? run_in_transaction(bench, script) : run_in_steps(bench, script);
  if (!done) return fail(stopped_in(script, done.error()));
  bench.session.defer_stops(false);
  bench.session.events().info(
      "migration " + script.verb,
      {{"version", script.key.version}, {"name", script.label}, {"ms", Clock::now() - started}});
  return {};
}

}  // namespace

Result<std::size_t> apply(const Workbench& bench, const Plan& plan) {
  std::size_t applied = 0;
  for (const PlannedMigration& planned : plan.pending) {
    const Migration& migration = *planned.migration;
    const Script script{
        .label = migration.label(),
        .key = migration.key,
        .part = migration.up,
        .resume = planned.resume,
        .lock_timeout = migration.up.lock_timeout.value_or(bench.retries.lock_timeout),
        .verb = "applied",
        .begin = [&] { return bench.history.begin(bench.lock, migration); },
        .finish = [&](milliseconds took) { return bench.history.complete(bench.lock, migration.key, took); }};
    if (auto done = run(bench, script); !done) return std::unexpected(done.error());
    ++applied;
  }
  return applied;
}

Result<std::size_t> revert(const Workbench& bench, const std::vector<PlannedRevert>& plan) {
  std::size_t reverted = 0;
  for (const PlannedRevert& planned : plan) {
    const AppliedMigration& row = *planned.applied;
    const Script script{
        .label = row.label(),
        .key = row.key,
        .part = planned.part,
        .resume = planned.resume,
        .lock_timeout = planned.part.lock_timeout.value_or(bench.retries.lock_timeout),
        .verb = "reverted",
        .begin = [&] { return bench.history.begin_revert(bench.lock, row.key, planned.part.statements.size()); },
        .finish = [&](milliseconds) { return bench.history.remove(bench.lock, row.key); }};
    if (auto done = run(bench, script); !done) return std::unexpected(done.error());
    ++reverted;
  }
  return reverted;
}

}  // namespace pge
