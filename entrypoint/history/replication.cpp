#include "history/replication.hpp"

#include <format>
#include <string>

#include "history/refusal.hpp"
#include "postgres/catalog_race.hpp"
#include "postgres/savepoint.hpp"

namespace pge {
namespace {

/// One function for all tables of ours in a schema.
constexpr const char* function_name = "pg_entrypoint_mark_replicated";

/// The trigger fires only in a replication worker (ENABLE REPLICA). A restored dump may have enabled it for everyone
/// (pg_restore --disable-triggers does), so the function asks as well.
constexpr const char* function_body =
    "begin "
    "if pg_catalog.current_setting('session_replication_role') = 'replica' then new.replicated := true; end if; "
    "return new; "
    "end";

struct Marking {
  bool possible = false;  ///< this role may create the trigger
  bool exists = false;
  bool has_function = false;
};

Result<Marking> look_at_marking(Session& session, const HistoryTable::Name& table) {
  auto rows = session.query(marking_query(table));
  if (!rows) return fail(rows.error());
  return Marking{.possible = rows->boolean(0, 0), .exists = rows->boolean(0, 1), .has_function = rows->boolean(0, 2)};
}

Result<> try_to_mark(Session& session, const HistoryTable::Name& table) {
  auto ddl = marking_ddl(session, table);
  if (!ddl) return fail(ddl.error());
  if (ddl->empty()) return {};
  auto created = with_savepoint(session, [&] { return session.batch(*ddl); });
  if (created || created.error().is_sqlstate("55P03")) return {};
  return fail(created.error());
}

}  // namespace

Query marking_query(const HistoryTable::Name& table) {
  return {
      .sql =
          "select coalesce(pg_catalog.pg_has_role(c.relowner, 'USAGE'), true) "
          "and coalesce((select pg_catalog.has_language_privilege(oid, 'USAGE') from pg_catalog.pg_language "
          "where lanname = 'plpgsql'), false) and coalesce(pg_catalog.has_schema_privilege(n.oid, 'CREATE'), true), "
          "exists (select from pg_catalog.pg_trigger where tgrelid = c.oid and tgname = $3), "
          "exists (select from pg_catalog.pg_proc where pronamespace = n.oid and proname = $4) "
          "from (select) one left join pg_catalog.pg_namespace n on n.nspname = $1 "
          "left join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = $2",
      .parameters = {table.schema, table.name, std::string(replication_trigger), function_name}};
}

Result<std::string> marking_ddl(Session& session, const HistoryTable::Name& table) {
  auto marking = look_at_marking(session, table);
  if (!marking) return fail(marking.error());
  if (marking->exists || !marking->possible) return std::string();
  const std::string qualified = qualified_name(session, table);
  const std::string function = session.quote_identifier(table.schema) + "." + function_name;
  // Whoever reads the table, pg_dump for example, is not waited for.
  std::string ddl = "set local lock_timeout = '1s'; ";
  if (!marking->has_function) {
    ddl += std::format("create function {}() returns trigger language plpgsql as {}; ", function,
                       session.quote_literal(function_body));
  }
  return ddl + std::format(
                   "create trigger {0} before insert or update on {1} for each row execute function {2}(); "
                   "alter table {1} enable replica trigger {0}",
                   replication_trigger, qualified, function);
}

Result<> mark_replicated_rows(Session& session, const HistoryTable::Name& table) {
  // The function is shared with the tables of other applications in this schema.
  return despite_catalog_races(session, [&] { return try_to_mark(session, table); });
}

std::string_view this_database_sql() {
  return "case when pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') then "
         "(select s.system_identifier || '/' || d.oid from pg_catalog.pg_database d, "
         "pg_catalog.pg_control_system() s where d.datname = pg_catalog.current_database()) end";
}

}  // namespace pge
