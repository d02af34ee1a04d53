#include <algorithm>
#include <format>

#include "commands/change_history.hpp"
#include "commands/command.hpp"

namespace pge {

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
  return change_history(database, *upgrade, [&](Turn& turn) -> Result<> {
    for (const AppliedMigration& row : upgrade->rows()) {
      if (row.key.kind == HistoryKind::baseline && row.key.version == *version) {
        context.log.info("the baseline is already recorded", {{"version", *version}});
        return {};
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
    if (auto created = turn.history.create(turn.lock); !created) return created;
    if (auto stamped = turn.history.baseline(turn.lock, {.kind = HistoryKind::baseline, .version = *version}); !stamped)
      return stamped;
    context.log.info("baseline recorded", {{"version", *version}});
    return {};
  });
}

}  // namespace pge
