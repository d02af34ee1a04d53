#include "history/place.hpp"

#include <algorithm>
#include <format>
#include <span>
#include <string>
#include <vector>

#include "history/ddl.hpp"
#include "history/refusal.hpp"
#include "history/replication.hpp"
#include "postgres/catalog_race.hpp"
#include "postgres/savepoint.hpp"

namespace pge {
namespace {

/// A relation that has a name which the history may have.
struct Relation {
  HistoryTable::Name place;
  bool is_table = false;
  bool is_history = false;  ///< it has a column of ours
  bool complete = false;
  bool hides_rows = false;  ///< row security is active for this role
  bool forced = false;      ///< and holds for the owner too
  bool marked = false;      ///< see `FoundHistory`
  bool subscribed = false;

  bool usable() const noexcept { return is_table && is_history; }
};

/// A history that moved from one default place to the other has the other place's name.
std::string other_default_name(const std::string& name) {
  const auto now = HistoryTable::default_place().name;
  const auto before = HistoryTable::old_default_place().name;
  if (name == now) return before;
  return name == before ? now : name;
}

Result<std::vector<Relation>> find_relations(Session& session, const HistoryTable& wanted) {
  auto rows = session.query(relations_query(wanted));
  if (!rows) return fail(rows.error());
  std::vector<Relation> relations;
  relations.reserve(rows->size());
  for (std::size_t i = 0; i < rows->size(); ++i) {
    relations.push_back({.place = {.schema = rows->text(i, 0), .name = rows->text(i, 1)},
                         .is_table = rows->boolean(i, 2),
                         .is_history = rows->boolean(i, 3),
                         .complete = rows->boolean(i, 4),
                         .hides_rows = rows->boolean(i, 5),
                         .forced = rows->boolean(i, 6),
                         .marked = rows->boolean(i, 7),
                         .subscribed = rows->boolean(i, 8)});
  }
  return relations;
}

/// Both default places are occupied, in the order of their schemas' names. Without rows in either, a binary of format 1
/// would write to the old one, so that one counts.
Result<Relation> choose_of_two(Session& session, const Relation& now, const Relation& before) {
  if (now.usable() != before.usable()) return now.usable() ? now : before;
  auto rows = session.query(std::format("select exists (select from {}), exists (select from {})",
                                        qualified_name(session, now.place), qualified_name(session, before.place)));
  if (!rows) return fail(explain_access(session, before.place, "select", rows.error()));
  if (!rows->boolean(0, 0)) return before;
  if (!rows->boolean(0, 1)) return now;
  return fail(ExitCode::configuration,
              std::format("there are two history tables with rows, {0} and {1}", now.place.text(), before.place.text()),
              std::format("say which one belongs to this application: --history-table {0} or --history-table {1}",
                          now.place.text(), before.place.text()));
}

std::unexpected<Error> found_elsewhere(const HistoryTable& wanted, const HistoryTable::Name& found) {
  return fail(
      ExitCode::configuration,
      std::format("there is no history table {}, but there is one in schema {}", wanted.place().text(), found.schema),
      std::format("use --history-table {} if that table belongs to this application, --allow-existing if it "
                  "belongs to another one",
                  found.text()));
}

/// A history of this name in another schema may be this application's, if it has a row, or if this role cannot see
/// whether it has one.
Result<> refuse_namesakes(Session& session, const HistoryTable& wanted, std::span<const Relation> others) {
  if (wanted.namesakes_allowed) return {};
  for (const Relation& other : others) {
    if (!other.is_history) continue;
    const auto row = session.query(std::format("select from {} limit 1", qualified_name(session, other.place)));
    if (!row && !row.error().server_answered()) return fail(row.error());
    if (!row || !row->empty() || other.hides_rows) return found_elsewhere(wanted, other.place);
  }
  return {};
}

/// What this role may do about a schema that has to be there.
struct SchemaRights {
  bool exists = false;
  bool may_create_schema = false;
  bool may_use_public = false;
  bool has_signpost = false;  ///< see `signpost_ddl`
  std::string role;
};

Query schema_rights_query(const std::string& schema) {
  return {.sql =
              "select exists (select from pg_catalog.pg_namespace where nspname = $1), "
              "pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'), "
              "coalesce((select pg_catalog.has_schema_privilege(oid, 'CREATE') from pg_catalog.pg_namespace "
              "where nspname = 'public'), false), "
              "exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
              "where n.nspname = $1 and c.relname = $2), current_user",
          .parameters = {schema, HistoryTable::old_default_place().name}};
}

Result<SchemaRights> schema_rights(Session& session, const std::string& schema) {
  auto rows = session.query(schema_rights_query(schema));
  if (!rows) return fail(rows.error());
  return SchemaRights{.exists = rows->boolean(0, 0),
                      .may_create_schema = rows->boolean(0, 1),
                      .may_use_public = rows->boolean(0, 2),
                      .has_signpost = rows->boolean(0, 3),
                      .role = rows->text(0, 4)};
}

Error not_created(Session& session, const HistoryTable::Name& place, const SchemaRights& rights, Error error) {
  const std::string schema = session.quote_identifier(place.schema);
  const std::string role = session.quote_identifier(rights.role);
  error.message =
      std::format("the history table {} could not be created: {}", qualified_name(session, place), error.message);
  if (error.is_sqlstate("42501")) {
    error.code = ExitCode::refused;
    error.hint = std::format(
        "{}; or name a schema of that role's own with --history-table; or migrate as another role (--role)",
        rights.exists ? std::format("grant usage, create on schema {} to {}", schema, role)
                      : std::format("as the database's owner: create schema {} authorization {}", schema, role));
  }
  return error;
}

}  // namespace

Query relations_query(const HistoryTable& wanted) {
  return {
      .sql =
          "select n.nspname, c.relname, c.relkind in ('r', 'p'), "
          "exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = 'applied_order'), "
          "exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = 'written_format'), "
          "pg_catalog.row_security_active(c.oid), c.relforcerowsecurity, "
          "exists (select from pg_catalog.pg_trigger t where t.tgrelid = c.oid and t.tgname = $3), "
          "exists (select from pg_catalog.pg_subscription_rel s where s.srrelid = c.oid) "
          "from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
          "where c.relname in ($1, $2) and c.relkind in ('r', 'p', 'v', 'm', 'f') "
          "and pg_catalog.left(n.nspname, 3) <> 'pg_' order by n.nspname",
      .parameters = {wanted.name, other_default_name(wanted.name), std::string(replication_trigger)}};
}

Result<FoundHistory> find_history(Session& session, const HistoryTable& wanted) {
  auto relations = find_relations(session, wanted);
  if (!relations) return fail(relations.error());
  const auto places = wanted.places();
  const auto is_wanted = [&](const Relation& relation) { return std::ranges::contains(places, relation.place); };
  const auto others = std::ranges::stable_partition(*relations, is_wanted);
  const std::span here(relations->begin(), others.begin());
  if (here.empty()) {
    if (auto none = refuse_namesakes(session, wanted, others); !none) return fail(none.error());
    return FoundHistory{.table = wanted};
  }
  // An answer without rows would be taken for an empty history.
  if (const auto hidden = std::ranges::find_if(here, &Relation::hides_rows); hidden != here.end()) {
    return fail(hidden_rows(session, hidden->place, hidden->forced));
  }
  auto found = here.size() == 1 ? Result<Relation>(here[0]) : choose_of_two(session, here[0], here[1]);
  if (!found) return fail(found.error());
  if (!found->is_table) {
    return fail(ExitCode::configuration, std::format("{} is not a table", qualified_name(session, found->place)),
                "choose another one with --history-table");
  }
  return FoundHistory{.table = wanted.at(found->place),
                      .exists = true,
                      .complete = found->complete,
                      .marked = found->marked,
                      .subscribed = found->subscribed,
                      .database = std::string(this_database_sql())};
}

std::vector<Query> creation_queries(const HistoryTable& wanted) {
  return {schema_rights_query(wanted.schema), marking_query(wanted.place())};
}

namespace {

Result<CreatedHistory> try_to_create(Session& session, const HistoryTable& wanted) {
  auto rights = schema_rights(session, wanted.schema);
  if (!rights) return fail(rights.error());
  HistoryTable table = wanted;
  const bool only_public = !rights->exists && !rights->may_create_schema && rights->may_use_public;
  if (!wanted.chosen && only_public) table = wanted.at(HistoryTable::old_default_place());
  const std::string qualified = qualified_name(session, table.place());
  const bool needs_schema = !rights->exists && table.schema == wanted.schema;
  std::string ddl;
  if (needs_schema) ddl = std::format("create schema {}; ", session.quote_identifier(table.schema));
  ddl += history_table_ddl(qualified);
  if (table.place() == HistoryTable::default_place() && !rights->has_signpost) ddl += "; " + signpost_ddl();
  auto marking = marking_ddl(session, table.place());
  if (!marking) return fail(marking.error());
  const auto create = [&](const std::string& sql) {
    return with_savepoint(session, [&] { return session.batch(sql); });
  };
  auto created = create(marking->empty() ? ddl : ddl + "; " + *marking);
  const bool marked = created && !marking->empty();
  // What is wrong with the trigger is told when that is created alone.
  const bool again = !created && !marking->empty() && !session.closed() && !created.error().is_stop();
  if (again) created = create(ddl);
  if (!created) return fail(not_created(session, table.place(), *rights, created.error()));
  if (!wanted.chosen && only_public) {
    session.events().info("the history table was created in schema public, because this role may not create a schema",
                          {{"table", qualified}});
  }
  return CreatedHistory{.table = std::move(table), .marked = marked};
}

}  // namespace

Result<CreatedHistory> create_history(Session& session, const HistoryTable& wanted) {
  // Applications with histories of their own have locks of their own, and may share the schema.
  return despite_catalog_races(session, [&] { return try_to_create(session, wanted); });
}

Result<bool> add_history_columns(Session& session, const HistoryTable& table) {
  const std::string qualified = qualified_name(session, table.place());
  // The ALTER needs the table for itself. Whoever reads it, pg_dump for example, does not wait for the migrations, so
  // the migrations do not wait for pg_dump.
  auto added = with_savepoint(
      session, [&] { return session.batch("set local lock_timeout = '1s'; " + history_columns_ddl(qualified)); });
  if (added) {
    session.events().info("the history table was given the columns of format 2", {{"table", qualified}});
    return true;
  }
  const Error& error = added.error();
  if (!error.is_sqlstate("42501") && !error.is_sqlstate("55P03")) return fail(error);
  session.events().info("the history table keeps its columns of format 1 for now",
                        {{"table", qualified}, {"message", error.message}});
  return false;
}

}  // namespace pge
