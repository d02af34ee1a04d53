#include "history/guard.hpp"

#include <format>

namespace pge {
namespace {

/// What counts as a table of the user's: not the history's own tables, and none that an extension made. $1 and $2 are
/// the schema and the name of the facts table; the history itself is known to be missing.
constexpr const char* tables_of_the_user =
    "from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
    "where c.relkind in ('r', 'p') and (c.relname <> $2 or n.nspname <> $1) "
    "and pg_catalog.left(n.nspname, 3) <> 'pg_' and n.nspname <> 'information_schema' "
    "and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass "
    "and d.objid = c.oid and d.deptype = 'e')";

std::vector<std::string> facts_of(const HistoryTable& table) {
  return {table.facts().schema, table.facts().name};
}

/// `target_tables_query` under another search_path, in a transaction, or under a savepoint of the one that is open, so
/// that nothing of it stays with the session.
Result<Rows> tables_in_target(Session& session, const HistoryTable& table, const std::string& search_path) {
  if (search_path.empty()) return session.query(target_tables_query(table));
  const bool inside = session.in_transaction();
  if (auto begun =
          session.batch(std::format("{}; select pg_catalog.set_config('search_path', {}, true)",
                                    inside ? "savepoint search_path" : "begin", session.quote_literal(search_path)));
      !begun) {
    session.rollback();
    return fail(begun.error());
  }
  auto rows = session.query(target_tables_query(table));
  if (!inside || !rows) {
    session.rollback();
  } else if (auto undone = session.batch("rollback to savepoint search_path"); !undone) {
    return fail(undone.error());
  }
  return rows;
}

}  // namespace

/// The name of the target schema, the number of its tables, the first one.
Query target_tables_query(const HistoryTable& table) {
  return {.sql = std::format("select n.nspname, count(*) over (), c.relname {} and n.nspname = "
                             "pg_catalog.current_schema() order by c.relname limit 1",
                             tables_of_the_user),
          .parameters = facts_of(table)};
}

Result<> refuse_existing_tables(Session& session, const HistoryTable& table, const std::string& search_path) {
  auto rows = tables_in_target(session, table, search_path);
  if (!rows) return fail(rows.error());
  if (rows->empty()) return {};
  return fail(ExitCode::configuration,
              std::format("schema {} has tables (among them {}; {} in all) but no history table", rows->text(0, 0),
                          rows->text(0, 2), rows->integer(0, 1)),
              "is this the right database? If its schema is already at version V: pg-entrypoint baseline V. To run "
              "the migrations beside what exists: --allow-existing");
}

Query other_schemas_query(const HistoryTable& table) {
  return {.sql = std::format("select distinct n.nspname {} and n.nspname is distinct from "
                             "pg_catalog.current_schema() order by n.nspname limit 10",
                             tables_of_the_user),
          .parameters = facts_of(table)};
}

Result<std::vector<std::string>> other_schemas_with_tables(Session& session, const HistoryTable& table) {
  auto rows = session.query(other_schemas_query(table));
  if (!rows) return fail(rows.error());
  std::vector<std::string> schemas;
  schemas.reserve(rows->size());
  for (std::size_t i = 0; i < rows->size(); ++i) schemas.push_back(rows->text(i, 0));
  return schemas;
}

Result<bool> has_tables(Session& session, const HistoryTable& table) {
  auto rows =
      session.query(std::format("select {} and (c.relname <> $4 or n.nspname <> $3) limit 1", tables_of_the_user),
                    {table.facts().schema, table.facts().name, table.schema, table.name});
  if (!rows) return fail(rows.error());
  return !rows->empty();
}

}  // namespace pge
