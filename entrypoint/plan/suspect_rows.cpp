#include "plan/suspect_rows.hpp"

#include <algorithm>
#include <format>
#include <vector>

#include "plan/labels.hpp"

namespace pge {

std::optional<Error> replicated_rows(std::span<const AppliedMigration> history) {
  std::vector<const AppliedMigration*> replicated;
  for (const AppliedMigration& row : history) {
    if (row.replicated) replicated.push_back(&row);
  }
  if (replicated.empty()) return std::nullopt;
  return Error{
      .code = ExitCode::configuration,
      .message = std::format("logical replication has brought {} row(s) of the history, and no DDL with them: {}",
                             replicated.size(), list_labels(replicated)),
      .hint =
          "leave pg-entrypoint's tables out of the publication. Bring this schema to what these rows say "
          "(pg_dump --schema-only), then: pg-entrypoint accept --replicated. Or drop the history and its "
          "tables, and let the migrations run here"};
}

bool is_other_migration(const AppliedMigration& row, const Migration& file) {
  return row.name != file.name && !std::ranges::contains(row.checksums, file.checksum.text());
}

Error other_migration(const AppliedMigration& row, const Migration& file) {
  return {.code = ExitCode::invalid_migrations,
          .message = std::format("version {} is {} in the history, but {} here: two different migrations",
                                 row.key.version, row.label(), file.label()),
          .hint =
              "if another application uses this database, give this one a history of its own: --history-table "
              "SCHEMA.TABLE. If two branches chose the same version, give the one that is not applied a new "
              "version. If the file was both renamed and changed, restore its name or its text",
          .where = {.file = file.path()}};
}

}  // namespace pge
