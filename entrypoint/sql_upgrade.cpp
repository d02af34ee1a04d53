#include "sql_upgrade.hpp"

#include <unistd.h>

#include <format>

#include "migrate/guard.hpp"

namespace pge {

std::string migrations_directory(const Settings& settings) {
  if (!settings.directory.empty()) return settings.directory;
  return access("migrations", F_OK) == 0 || access("/migrations", F_OK) != 0 ? "migrations" : "/migrations";
}

Result<bool> SqlUpgrade::pending(Session&, History& history, bool locked) {
  auto plan = read_plan(history, locked);
  if (!plan) return std::unexpected(plan.error());
  return !(*plan)->empty();
}

Result<> SqlUpgrade::read_rows(History& history) {
  auto rows = history.read();
  if (!rows) return std::unexpected(rows.error());
  rows_ = std::move(*rows);
  return {};
}

Result<const Plan*> SqlUpgrade::read_plan(History& history, bool locked) {
  if (auto rows = read_rows(history); !rows) return std::unexpected(rows.error());
  const PlanOptions options{
      .to = settings_.to,
      .out_of_order = settings_.out_of_order == OutOfOrderMode::apply ? OutOfOrder::apply : OutOfOrder::refuse,
      .under_lock = locked};
  auto plan = make_plan(files_, rows_, options);
  if (!plan) return std::unexpected(plan.error());
  plan_ = std::move(*plan);
  return &plan_;
}

void SqlUpgrade::tell_ahead() const {
  if (plan_.ahead.empty()) return;
  log_.warning("the database is ahead of this image: it has migrations that this image does not know",
               {{"count", plan_.ahead.size()}, {"last", plan_.ahead.back()->version + "_" + plan_.ahead.back()->name}});
}

void SqlUpgrade::tell_done() const {
  tell_ahead();
  log_.info("nothing to apply", {{"known", files_.size()}});
}

std::vector<std::string> SqlUpgrade::pending_names() const {
  std::vector<std::string> names;
  for (const PlannedMigration& planned : plan_.pending) names.push_back(planned.migration->label());
  return names;
}

Error SqlUpgrade::behind() const {
  return {.code = ExitCode::gave_way,
          .message = std::format("the schema is behind: {} migration(s) pending{}", plan_.pending.size(),
                                 plan_.pending.empty() ? "" : ", the first is " + plan_.pending.front().migration->label()),
          .hint = "PG_ENTRYPOINT_MIGRATE=check only looks: run pg-entrypoint migrate first"};
}

Result<> SqlUpgrade::carry_out(const Workbench& bench) {
  tell_ahead();
  if (!bench.history.exists() && !settings_.allow_existing) {
    if (auto ours = refuse_existing_tables(bench.session, bench.history.table()); !ours) return ours;
  }
  if (auto created = bench.history.create(bench.lock); !created) return created;
  auto applied = apply(bench, plan_);
  if (!applied) return std::unexpected(applied.error());
  log_.info("migrations applied", {{"count", *applied}});
  return {};
}

}  // namespace pge
