#include <algorithm>
#include <format>
#include <optional>

#include "apply/apply.hpp"
#include "apply/poolable.hpp"
#include "commands/change_history.hpp"
#include "commands/command.hpp"
#include "plan/revert_plan.hpp"

namespace pge {
namespace {

/// The newest version that remains after `plan` is carried out; nothing if none remains.
std::optional<std::string> version_below(const std::vector<AppliedMigration>& rows,
                                         const std::vector<PlannedRevert>& plan) {
  std::optional<std::string> kept;
  for (const AppliedMigration& row : rows) {
    const bool counts = row.key.kind == HistoryKind::versioned || row.key.kind == HistoryKind::baseline;
    const bool goes = std::ranges::contains(plan, &row, &PlannedRevert::applied);
    if (counts && !goes) kept = row.key.version;
  }
  return kept;
}

/// The first of the plan, if all of it can be reverted in this way.
Result<> revert_through_pooler(Turn& turn, const std::vector<PlannedRevert>& plan, std::size_t& reverted) {
  for (const PlannedRevert& planned : plan) {
    if (auto possible = check_poolable(planned.applied->label(), planned.part); !possible) return possible;
  }
  if (plan.empty()) return {};
  auto done = revert_next(turn, plan);
  if (done) ++reverted;
  return done;
}

}  // namespace

/// Revert the last N migrations, or down to a version.
Result<int> run_down(Database& database) {
  const Context& context = database.context();
  auto upgrade = read_files(database);
  if (!upgrade) return fail(upgrade.error());
  RevertOptions options{.count = context.settings.arguments.count.value_or(1), .to = context.settings.migrating.to};
  // `--to 0` means below every version, including one that is itself called 0.
  options.everything = context.settings.migrating.to && canonical_version(*context.settings.migrating.to) == "0";
  const bool pooled = context.settings.migrating.allow_pooler;
  std::size_t reverted = 0;
  const auto change = [&](Turn& turn) -> Result<bool> {
    auto plan = plan_revert(upgrade->files(), upgrade->rows(), options);
    if (!plan) return fail(plan.error());
    // In another session this runs again, and by then "the last N" would be other migrations. So the plan is
    // pinned to a version.
    options.to = version_below(upgrade->rows(), *plan);
    options.everything = !options.to;
    const std::size_t before = reverted;
    auto done = pooled ? revert_through_pooler(turn, *plan, reverted) : revert(turn, *plan, reverted);
    if (!done) return fail(done.error());
    if (pooled && reverted - before < plan->size()) return true;
    context.log.info("reverted", {{"count", reverted}});
    return false;
  };
  return change_history(database, *upgrade, change, RowDetail::down_parts);
}

}  // namespace pge
