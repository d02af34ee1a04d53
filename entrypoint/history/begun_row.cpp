#include <format>
#include <utility>

#include "core/host_name.hpp"
#include "history/ddl.hpp"
#include "history/history.hpp"
#include "history/kept_text.hpp"
#include "history/kind_text.hpp"
#include "migrations/directives.hpp"

namespace pge {
namespace {

/// What the row of a migration that begins has, beside `added_columns`.
constexpr std::string_view begun_columns =
    "kind, version, name, state, steps, checksums, down_sql, applied_order, applied_by, applied_from, tool_version";

/// An empty one is none.
constexpr std::string_view checksums = "pg_catalog.string_to_array($5, ' ')";

constexpr std::string_view starting = "starting a migration";

}  // namespace

std::vector<std::string> History::values_of(const Migration& migration, std::string checksum) const {
  const std::string& encoding = session_->server().encoding;
  return {text_of(migration.key.kind),
          migration.key.version,
          keep_text(migration.name, encoding),
          std::to_string(migration.up.steps()),
          std::move(checksum),
          keep_text(migration.down ? with_directives(*migration.down) : std::string(), encoding),
          host_name(),
          tool_version_};
}

OwnStatement History::beginning(const AdvisoryLock&, const Migration& migration) {
  ours_.reset();
  return begun(migration, migration.checksum.text());
}

OwnStatement History::begun(const Migration& migration, std::string checksum) const {
  return writing_one(std::format("insert into {0} ({1}{2}) "
                                 "select $1, $2, $3, 'running', $4::integer, {4}, $6, "
                                 "coalesce(max(applied_order), 0) + 1, session_user, $7, $8{3} from {0}",
                                 qualified_, begun_columns, added_columns(), added_values(), checksums),
                     values_of(migration, std::move(checksum)), starting);
}

OwnStatement History::beginning_next(const AdvisoryLock&, const Migration& migration) {
  std::string checksum = migration.checksum.is_late() ? "" : migration.checksum.text();
  if (!ours_) {
    OwnStatement first = begun(migration, std::move(checksum));
    first.sql += complete_ ? " returning applied_order, applied_in" : " returning applied_order, null";
    first.judge = [this, judge = std::move(first.judge), key = migration.key](Result<Rows> answer) {
      if (answer && !answer->empty()) ours_.emplace(key, answer->integer(0, 0), answer->text(0, 1));
      return judge(std::move(answer));
    };
    return first;
  }
  // A try that was rolled back has left its place free.
  if (ours_->key != migration.key) ++ours_->order;
  ours_->key = migration.key;
  std::vector<std::string> values = values_of(migration, std::move(checksum));
  values.push_back(std::to_string(ours_->order));
  if (complete_) values.push_back(ours_->database);
  OwnStatement row =
      writing_one(std::format("insert into {0} ({1}{2}) values ($1, $2, $3, 'running', $4::integer, {4}, $6, "
                              "$9::bigint, session_user, $7, $8{3})",
                              qualified_, begun_columns, added_columns(), added_values("nullif($10, '')"), checksums),
                  std::move(values), starting);
  row.repeated = true;
  return row;
}

}  // namespace pge
