#include <algorithm>
#include <format>

#include "commands/change_history.hpp"
#include "commands/command.hpp"

namespace pge {

/// Accept the changed file of an applied version.
Result<int> run_accept(Database& database) {
  const Context& context = database.context();
  auto upgrade = read_files(database);
  if (!upgrade) return fail(upgrade.error());
  auto version = version_given(context);
  if (!version) return fail(version.error());
  const auto found = file_of(*upgrade, *version);
  if (!found) return fail(found.error());
  const Migration* file = *found;
  return change_history(database, *upgrade, [&](Turn& turn) -> Result<> {
    const auto row = std::ranges::find_if(upgrade->rows(),
                                          [&](const AppliedMigration& applied) { return applied.key == file->key; });
    if (row == upgrade->rows().end()) {
      return fail(ExitCode::usage,
                  std::format("migration {} is not applied: there is nothing to accept", file->label()),
                  "pg-entrypoint migrate applies it");
    }
    if (!row->checksums.empty() && row->checksums.front() == file->checksum) {
      context.log.info("nothing to accept: the file has not changed since it was applied", {{"version", *version}});
      return {};
    }
    if (auto accepted = turn.history.accept(turn.lock, file->key, file->checksum, file->up.statements.size());
        !accepted)
      return accepted;
    context.log.info("checksum accepted", {{"version", *version}, {"checksum", file->checksum.substr(0, 12)}});
    return {};
  });
}

}  // namespace pge
