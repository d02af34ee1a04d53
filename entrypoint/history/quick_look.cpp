#include "history/quick_look.hpp"

#include <format>
#include <utility>

#include "history/refusal.hpp"

namespace pge {
namespace {

/// The table's OID, null where there is none; before it, whether the schema may be looked into, null where there is
/// none. to_regclass() fails for a schema that this role may not use.
std::string place_sql(const Session& session, const HistoryTable::Name& place) {
  const std::string usable = std::format("pg_catalog.has_schema_privilege(pg_catalog.to_regnamespace({}), 'USAGE')",
                                         session.quote_literal(session.quote_identifier(place.schema)));
  return std::format("{0}, case when {0} then pg_catalog.to_regclass({1}) end", usable,
                     session.quote_literal(qualified_name(session, place)));
}

}  // namespace

std::string quick_look_sql(const Session& session, const HistoryTable& wanted) {
  std::string old = "null::pg_catalog.bool, null::pg_catalog.regclass";
  if (!wanted.chosen) old = place_sql(session, HistoryTable::old_default_place());
  return std::format(
      "select place.usable, place.oid is not null, place.old_usable, place.old_oid is not null, "
      "(pg_catalog.pg_identify_object('pg_catalog.pg_class'::pg_catalog.regclass, place.oid, 0)).type = 'table', "
      "pg_catalog.row_security_active(place.oid), exists (select from pg_catalog.pg_subscription_rel), "
      "case when pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') "
      "then (pg_catalog.pg_control_system()).system_identifier end "
      "from (select {}, {} offset 0) place(usable, oid, old_usable, old_oid)",
      place_sql(session, wanted.place()), old);
}

Result<QuickLook> look_quickly(Session& session, const HistoryTable& wanted) {
  auto row = session.query(quick_look_sql(session, wanted));
  if (!row) return fail(row.error());
  const auto is = [&](std::size_t column, const char* value) { return row->text(0, column) == value; };
  const bool here = is(1, "t") && is(4, "t") && is(5, "f");
  const bool alone = is(3, "f") && !is(2, "f");
  const std::string& database = session.server().database;
  if (!here || !alone || !is(6, "f") || database.empty()) return QuickLook{.nothing = is(1, "f") && is(3, "f")};
  FoundHistory found{.table = wanted, .exists = true, .complete = true};
  const std::string system = row->text(0, 7);
  found.database = system.empty() ? "null" : std::format("'{}/{}'", system, database);
  return QuickLook{.plain = std::move(found)};
}

}  // namespace pge
