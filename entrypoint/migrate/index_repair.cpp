#include "migrate/index_repair.hpp"

#include <algorithm>
#include <format>

namespace pge {
namespace {

constexpr std::string_view prefix = "indexes";

/// The table whose indexes the statement concerns, as an expression over $1 (the table) and $2 (the index).
constexpr const char* table_oid =
    "coalesce(pg_catalog.to_regclass(nullif($1, '')), (select indrelid from pg_catalog.pg_index where indexrelid = "
    "pg_catalog.to_regclass(nullif($2, ''))))";

/// "indexes 1 2" as an array literal.
std::string oids_of(const std::string& note) {
  std::string list = note.size() > prefix.size() ? note.substr(prefix.size() + 1) : "";
  std::ranges::replace(list, ' ', ',');
  return "{" + list + "}";
}

}  // namespace

Result<std::string> index_note(Session& session, const ConcurrentIndex& statement) {
  auto rows =
      session.query(std::format("select coalesce(pg_catalog.string_agg(indexrelid::text, ' ' order by indexrelid), '') "
                                "from pg_catalog.pg_index where indrelid = {}",
                                table_oid),
                    {statement.table, statement.index});
  if (!rows) return std::unexpected(rows.error());
  const std::string oids = rows->text(0, 0);
  return oids.empty() ? std::string(prefix) : std::format("{} {}", prefix, oids);
}

Result<IndexOutcome> repair_index(Session& session, const ConcurrentIndex& statement, const std::string& note) {
  if (statement.action == ConcurrentIndex::Action::drop) {
    auto left = session.query("select pg_catalog.to_regclass(nullif($1, '')) is null", {statement.index});
    if (!left) return std::unexpected(left.error());
    return left->boolean(0, 0) && !statement.index.empty() ? IndexOutcome::done : IndexOutcome::run;
  }
  auto added = session.query(
      std::format("select pg_catalog.format('%I.%I', n.nspname, c.relname), i.indisvalid, "
                  "exists (select from pg_catalog.pg_stat_progress_create_index p where p.index_relid = i.indexrelid), "
                  "coalesce(c.relname = (pg_catalog.parse_ident(nullif($2, '')))[pg_catalog.array_length("
                  "pg_catalog.parse_ident(nullif($2, '')), 1)], false) "
                  "from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid "
                  "join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
                  "where i.indrelid = {} and not i.indexrelid = any ($3::pg_catalog.oid[])",
                  table_oid),
      {statement.table, statement.index, oids_of(note)});
  if (!added) return std::unexpected(added.error());
  auto outcome = IndexOutcome::run;
  for (std::size_t i = 0; i < added->size(); ++i) {
    const std::string name = added->text(i, 0);
    const bool ours = added->boolean(i, 3);
    // Beside a CREATE somebody else may have failed on the same table.
    if (!ours && statement.action == ConcurrentIndex::Action::create) continue;
    if (added->boolean(i, 1)) {
      if (ours && statement.action == ConcurrentIndex::Action::create) outcome = IndexOutcome::done;
      continue;
    }
    if (added->boolean(i, 2)) {
      return fail({.code = ExitCode::gave_way,
                   .message = std::format("somebody is building the index {}", name),
                   .hint = "look at pg_stat_progress_create_index, and start again when it is done"});
    }
    session.events().warning("an interrupted build left an invalid index: dropping it", {{"index", name}});
    if (auto dropped = session.execute("drop index concurrently if exists " + name); !dropped) {
      return std::unexpected(dropped.error());
    }
  }
  return outcome;
}

}  // namespace pge
