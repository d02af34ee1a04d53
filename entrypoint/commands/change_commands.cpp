#include "commands/change_commands.hpp"

#include <algorithm>
#include <format>
#include <optional>

#include "apply/apply.hpp"
#include "core/version.hpp"
#include "plan/plan.hpp"

namespace pge {
namespace {

/// What a command does with the history under the lock.
using LockedWork = std::function<Result<>(const Workbench&)>;

/// wait → lock → history → `work` → unlock.
Result<> change_history(Preparation& preparation, SqlUpgrade& upgrade, const LockedWork& work) {
  return preparation.reconnecting([&]() -> Result<> {
    preparation.need_primary();
    auto session = preparation.wait_for_database();
    if (!session) return std::unexpected(session.error());
    if (auto ready = preparation.make_ready_to_write(*session); !ready) return ready;
    History history = preparation.history_of(*session);
    auto lock = preparation.take_lock(*session, [] { return true; });
    if (!lock) return std::unexpected(lock.error());
    const auto read = [&]() -> Result<bool> {
      if (auto rows = upgrade.read_rows(history); !rows) return std::unexpected(rows.error());
      return true;
    };
    return preparation.under_lock(*session, **lock, history, read, work);
  });
}

/// The version that stays on top when `plan` has been carried out; nothing when nothing stays.
std::optional<std::string> version_below(const std::vector<AppliedMigration>& rows,
                                         const std::vector<PlannedRevert>& plan) {
  std::optional<std::string> kept;
  for (const AppliedMigration& row : rows) {
    const bool counts = row.kind == HistoryKind::versioned || row.kind == HistoryKind::baseline;
    const bool goes = std::ranges::contains(plan, &row, &PlannedRevert::applied);
    if (counts && !goes) kept = row.version;
  }
  return kept;
}

Result<std::string> version_given(const Settings& settings) {
  auto version = canonical_version(settings.version);
  if (version) return *version;
  return fail(ExitCode::usage, std::format("'{}' is not a version", settings.version),
              "a version is the number at the start of a migration's file name");
}

Result<const Migration*> file_of(const SqlUpgrade& upgrade, const std::string& version) {
  const Migration* file = find_migration(upgrade.files(), version);
  if (file != nullptr) return file;
  return fail(ExitCode::usage, std::format("there is no migration file of version {}", version),
              "pg-entrypoint status lists them");
}

}  // namespace

Result<> down(Preparation& preparation, SqlUpgrade& upgrade) {
  const Settings& settings = preparation.settings();
  RevertOptions options{.count = settings.count.value_or(1), .to = settings.to};
  // Below every version, one that is called 0 included.
  options.everything = settings.to && canonical_version(*settings.to) == "0";
  return change_history(preparation, upgrade, [&](const Workbench& bench) -> Result<> {
    auto plan = plan_revert(upgrade.files(), upgrade.rows(), options);
    if (!plan) return std::unexpected(plan.error());
    // After a lost connection the work starts again: by then "the last one" would be another one.
    options.to = version_below(upgrade.rows(), *plan);
    options.everything = !options.to;
    auto reverted = revert(bench, *plan);
    if (!reverted) return std::unexpected(reverted.error());
    preparation.log().info("reverted", {{"count", *reverted}});
    return {};
  });
}

Result<> baseline(Preparation& preparation, SqlUpgrade& upgrade) {
  auto version = version_given(preparation.settings());
  if (!version) return std::unexpected(version.error());
  // A mistyped one would count every file below it as applied.
  if (!upgrade.files().empty()) {
    if (auto file = file_of(upgrade, *version); !file) return std::unexpected(file.error());
  }
  return change_history(preparation, upgrade, [&](const Workbench& bench) -> Result<> {
    for (const AppliedMigration& row : upgrade.rows()) {
      if (row.kind == HistoryKind::baseline && row.version == *version) {
        preparation.log().info("the baseline is recorded already", {{"version", *version}});
        return {};
      }
      if (row.kind == HistoryKind::versioned || row.kind == HistoryKind::baseline) {
        return fail(ExitCode::configuration, "the history is not empty: it begins with " + row.label(),
                    row.kind == HistoryKind::baseline
                        ? std::format("if that one is wrong and nothing was applied after it: drop table {}; then "
                                      "record the right one",
                                      bench.history.qualified())
                        : "a baseline is for a schema that was made before the history; see pg-entrypoint status");
      }
    }
    if (auto created = bench.history.create(bench.lock); !created) return created;
    if (auto stamped = bench.history.baseline(bench.lock, *version); !stamped) return stamped;
    preparation.log().info("baseline recorded", {{"version", *version}});
    return {};
  });
}

Result<> accept(Preparation& preparation, SqlUpgrade& upgrade) {
  auto version = version_given(preparation.settings());
  if (!version) return std::unexpected(version.error());
  const auto found = file_of(upgrade, *version);
  if (!found) return std::unexpected(found.error());
  const Migration* file = *found;
  return change_history(preparation, upgrade, [&](const Workbench& bench) -> Result<> {
    const auto row = std::ranges::find_if(upgrade.rows(), [&](const AppliedMigration& applied) {
      return applied.kind == HistoryKind::versioned && applied.version == *version;
    });
    if (row == upgrade.rows().end()) {
      return fail(ExitCode::usage,
                  std::format("migration {} is not applied: there is nothing to accept", file->label()),
                  "pg-entrypoint migrate applies it");
    }
    if (!row->checksums.empty() && row->checksums.front() == file->checksum) {
      preparation.log().info("nothing to accept: the file is as it was when it was applied", {{"version", *version}});
      return {};
    }
    if (auto accepted = bench.history.accept(bench.lock, *version, file->checksum, file->up.size()); !accepted)
      return accepted;
    preparation.log().info("checksum accepted", {{"version", *version}, {"checksum", file->checksum.substr(0, 12)}});
    return {};
  });
}

}  // namespace pge
