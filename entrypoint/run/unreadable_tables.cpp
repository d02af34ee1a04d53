#include "run/unreadable_tables.hpp"

#include <format>
#include <string>
#include <variant>

#include "config/environment.hpp"
#include "history/table_name.hpp"
#include "postgres/connection_settings.hpp"

namespace pge {
namespace {

/// $1: the application's role. The history is nobody else's business.
constexpr const char* unreadable =
    "select pg_catalog.quote_ident(n.nspname), pg_catalog.quote_ident(r.rolname), "
    "pg_catalog.quote_ident(current_user), "
    "pg_catalog.count(*), pg_catalog.min(c.relname::pg_catalog.text) "
    "from pg_catalog.pg_roles r, pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
    "where r.rolname = $1 and r.rolname <> current_user and c.relkind in ('r', 'p') "
    "and pg_catalog.pg_get_userbyid(c.relowner) = current_user and not c.relispartition "
    "and pg_catalog.left(n.nspname, 3) <> 'pg_' and n.nspname <> $2 and c.relname not like 'pg\\_entrypoint\\_%' "
    "and not (pg_catalog.has_schema_privilege(r.oid, n.oid, 'usage') "
    "and pg_catalog.has_table_privilege(r.oid, c.oid, 'select')) "
    "group by n.nspname, r.rolname order by n.nspname limit 3";

/// The role that the application logs in as; empty when its URL cannot be read now, or does not say.
std::string role_of_application(const ServingSettings& settings) {
  if (!settings.database) return {};
  const auto said = read_database(*settings.database);
  if (!said) return {};
  const auto parsed = std::visit(
      [&](const auto& given) { return parse_connection_settings(given, settings.database->variable); }, *said);
  if (!parsed) return {};
  const auto user = parsed->parameters.find("user");
  return user == parsed->parameters.end() ? std::string() : user->second;
}

}  // namespace

void tell_unreadable_tables(const Context& context, Session& session) {
  const std::string role = role_of_application(context.settings.serving);
  if (role.empty()) return;
  const auto rows = session.query(unreadable, {role, HistoryTable::default_place().schema});
  if (!rows) return;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const std::string schema = rows->text(i, 0), reader = rows->text(i, 1);
    context.log.warning(
        "the application's role cannot read tables of the migrating role",
        {{"role", role},
         {"schema", schema},
         {"tables", rows->integer(i, 3)},
         {"first", rows->text(i, 4)},
         {"hint",
          std::format("if it should: grant usage on schema {0} to {1}; grant select, insert, update, delete on "
                      "all tables in schema {0} to {1}; and for later tables: alter default privileges for role "
                      "{2} in schema {0} grant select, insert, update, delete on tables to {1};",
                      schema, reader, rows->text(i, 2))}});
  }
}

}  // namespace pge
