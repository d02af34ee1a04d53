#pragma once

#include "run/context.hpp"
#include "run/upgrade.hpp"

namespace pge {

/// Says in the report what a look at the database has found: whether something is pending, and then how much.
inline void count_pending(const Context& context, const Upgrade& upgrade, bool pending) {
  context.report.counted(
      MigrationCounts{.applied = upgrade.applied(), .pending = pending ? upgrade.pending_names().size() : 0});
}

/// Does `work`, which carries out what is pending or a part of it, and says in the report how long it took and what is
/// left. As long as an outcome is not known, there is no count.
template <typename Work>
Result<> count_work(const Context& context, const Upgrade& upgrade, const Work& work) {
  const InPhase migrating(context.report, Phase::migrate);
  const std::size_t applied_before = upgrade.applied();
  const std::size_t pending_before = upgrade.pending_names().size();
  context.report.counted(std::nullopt);
  Result<> done = work();
  if (!done && done.error().outcome_unknown()) return done;
  const std::size_t now = upgrade.applied() - applied_before;
  context.report.counted(MigrationCounts{.applied = upgrade.applied(), .pending = pending_before - now});
  return done;
}

}  // namespace pge
