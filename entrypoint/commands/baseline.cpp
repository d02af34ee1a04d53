#include <algorithm>
#include <format>

#include "commands/change_history.hpp"
#include "commands/command.hpp"
#include "history/guard.hpp"

namespace pge {
namespace {

/// Files that count as applied are never applied, so a baseline needs a schema.
Result<> refuse_empty_database(const Context& context, const Turn& turn) {
  if (context.settings.migrating.allow_empty_database) return {};
  const auto tables = has_tables(turn.session, turn.history.table());
  if (!tables) return fail(tables.error());
  if (*tables) return {};
  return fail(ExitCode::configuration, "this database has no table, so its schema is at no version yet",
              "is this the right database? pg-entrypoint migrate applies the files from the beginning. If the schema "
              "has no tables on purpose: --allow-empty-database");
}

}  // namespace

/// Record that a schema which was made before the history is at a version.
Result<int> run_baseline(Database& database) {
  const Context& context = database.context();
  auto upgrade = read_files(database, true);
  if (!upgrade) return fail(upgrade.error());
  auto version = version_given(context);
  if (!version) return fail(version.error());
  // A mistyped version would make every file below it count as applied.
  if (!upgrade->files().empty()) {
    if (auto file = file_of(*upgrade, *version); !file) return fail(file.error());
  }
  bool was_there = false;
  auto changed = change_history(database, *upgrade, [&](Turn& turn) -> Result<bool> {
    for (const AppliedMigration& row : upgrade->rows()) {
      if (row.key.kind == HistoryKind::baseline && row.key.version == *version) {
        was_there = true;
        return false;
      }
      if (row.key.kind == HistoryKind::versioned || row.key.kind == HistoryKind::baseline) {
        return fail(ExitCode::configuration, "the history is not empty: it starts with " + row.label(),
                    row.key.kind == HistoryKind::baseline
                        ? std::format("if that one is wrong and nothing was applied after it: drop table {}; then "
                                      "record the right one",
                                      turn.history.qualified())
                        : "a baseline is for a schema that is older than the history; see pg-entrypoint status");
      }
    }
    if (auto made = refuse_empty_database(context, turn); !made) return fail(made.error());
    if (auto created = turn.history.create(turn.lock); !created) return fail(created.error());
    if (auto stamped = turn.history.baseline(turn.lock, {.kind = HistoryKind::baseline, .version = *version}); !stamped)
      return fail(stamped.error());
    return false;
  });
  if (!changed) return changed;
  if (was_there) {
    context.log.info("the baseline is already recorded", {{"version", *version}});
  } else {
    context.log.info("baseline recorded", {{"version", *version}});
  }
  return changed;
}

}  // namespace pge
