#include "history/guard.hpp"

#include <format>

namespace pge {

Result<> refuse_existing_tables(Session& session, const HistoryTable& table) {
  auto rows = session.query(
      "select pg_catalog.current_schema(), c.relname, count(*) over () from pg_catalog.pg_class c "
      "where c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = pg_catalog.current_schema()) "
      "and c.relkind in ('r', 'p') and (c.relname <> $2 or pg_catalog.current_schema() <> $1) "
      "and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass "
      "and d.objid = c.oid and d.deptype = 'e') order by c.relname limit 1",
      {table.schema, table.facts().name});
  if (!rows) return fail(rows.error());
  if (rows->empty()) return {};
  return fail(ExitCode::configuration,
              std::format("schema {} has {} table(s) ({}, …) but no history table", rows->text(0, 0),
                          rows->integer(0, 2), rows->text(0, 1)),
              "is this the right database? If its schema is already at version V: pg-entrypoint baseline V. To run "
              "the migrations beside what exists: --allow-existing");
}

}  // namespace pge
