#include <algorithm>
#include <cstddef>
#include <format>
#include <optional>
#include <string>

#include "commands/change_history.hpp"
#include "commands/command.hpp"
#include "plan/suspect_rows.hpp"

namespace pge {

namespace {

/// Somebody has brought the DDL of replicated rows here by hand.
Result<int> accept_replicated(Database& database, SqlUpgrade& upgrade) {
  std::ptrdiff_t count = 0;
  auto changed = change_history(database, upgrade, [&](Turn& turn) -> Result<bool> {
    count = std::ranges::count(upgrade.rows(), true, &AppliedMigration::replicated);
    if (count == 0) return false;
    // Where a table of an older release lacks them: the column that says so, and the trigger that sets it.
    if (auto created = turn.history.create(turn.lock); !created) return fail(created.error());
    if (auto kept = turn.history.keep_replicated(turn.lock); !kept) return fail(kept.error());
    return false;
  });
  if (!changed) return changed;
  if (count == 0) {
    database.context().log.info("nothing to accept: replication has brought no row of the history");
  } else {
    database.context().log.info("replicated rows accepted", {{"count", count}});
  }
  return changed;
}

}  // namespace

/// Accept the changed file of an applied version, or the rows that replication has brought.
Result<int> run_accept(Database& database) {
  const Context& context = database.context();
  if (context.settings.arguments.replicated) {
    auto rows = read_files(database, true);
    return rows ? accept_replicated(database, *rows) : fail(rows.error());
  }
  auto upgrade = read_files(database);
  if (!upgrade) return fail(upgrade.error());
  if (context.settings.arguments.version.empty()) {
    return fail(ExitCode::usage, "accept: V is required", "pg-entrypoint accept V, or accept --replicated; see --help");
  }
  auto version = version_given(context);
  if (!version) return fail(version.error());
  const auto found = file_of(*upgrade, *version);
  if (!found) return fail(found.error());
  const Migration* file = *found;
  std::optional<std::string> accepted;  // what was applied, when there was something to accept
  auto changed = change_history(database, *upgrade, [&](Turn& turn) -> Result<bool> {
    const auto row = std::ranges::find_if(upgrade->rows(),
                                          [&](const AppliedMigration& applied) { return applied.key == file->key; });
    if (row == upgrade->rows().end()) {
      return fail(ExitCode::usage,
                  std::format("migration {} is not applied: there is nothing to accept", file->label()),
                  "pg-entrypoint migrate applies it");
    }
    if (is_other_migration(*row, *file)) return fail(other_migration(*row, *file));
    if (!row->checksums.empty() && row->checksums.front() == file->checksum.text()) {
      return false;
    }
    if (auto written = turn.history.accept(turn.lock, file->key, file->checksum.text(), file->up.steps()); !written)
      return fail(written.error());
    accepted = row->label();
    return false;
  });
  if (!changed) return changed;
  if (accepted) {
    context.log.info(
        "checksum accepted",
        {{"applied", *accepted}, {"file", file->label()}, {"checksum", file->checksum.text().substr(0, 12)}});
  } else {
    context.log.info("nothing to accept: the file has not changed since it was applied", {{"version", *version}});
  }
  return changed;
}

}  // namespace pge
