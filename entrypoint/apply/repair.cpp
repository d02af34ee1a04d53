#include "apply/repair.hpp"

#include <format>
#include <optional>

#include "core/strings.hpp"

namespace pge {
namespace {

/// The table whose indexes the statement concerns, as an expression over $1 (the table) and $2 (the index).
constexpr const char* table_oid =
    "coalesce(pg_catalog.to_regclass(nullif($1, '')), (select indrelid from pg_catalog.pg_index where indexrelid = "
    "pg_catalog.to_regclass(nullif($2, ''))))";

/// The tables that a REINDEX rebuilds the indexes of, their TOAST tables included: of the table $1 or of the index $2
/// (with all partitions), of the schema $3, or, without any, of the database.
std::string tables_of_reindex() {
  return std::format(
      "(select pg_catalog.unnest(array[c.oid, c.reltoastrelid]) from pg_catalog.pg_class c where c.oid = {0} "
      "or c.oid in (select relid from pg_catalog.pg_partition_tree({0})) "
      "or c.relnamespace = pg_catalog.to_regnamespace(nullif($3, '')) or ($1 = '' and $2 = '' and $3 = ''))",
      table_oid);
}

constexpr const char* named_indexes =
    "pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid "
    "join pg_catalog.pg_namespace n on n.oid = c.relnamespace";

/// What REINDEX CONCURRENTLY calls the index that it builds, and the old one once it is replaced.
constexpr const char* reindex_leftover = "not i.indisvalid and c.relname ~ '_cc(new|old)[0-9]*$'";

/// The note's OIDs as an array literal.
std::string oids_of(const Note& note) {
  return "{" + joined(note.oids, ",") + "}";
}

Result<> drop_invalid(Session& session, const std::string& name, bool being_built) {
  if (being_built) {
    return fail({.code = ExitCode::gave_way,
                 .message = std::format("another session is building index {}", name),
                 .hint = "look at pg_stat_progress_create_index, and start again when it is done",
                 .next = Next::again()});
  }
  session.events().warning("an interrupted build left an INVALID index: dropping it", {{"index", name}});
  return session.execute("drop index concurrently if exists " + name);
}

Result<RepairOutcome> repair_drop(Session& session, const ConcurrentIndex& statement, const Note& note) {
  // Nothing was noted, so there was no such index before. Let the server say so again.
  if (statement.index.empty() || note.oids.empty()) return RepairOutcome::run;
  // The index that has this name now may be a different one: in another schema of the path, or created since.
  auto gone = session.query("select coalesce(pg_catalog.to_regclass($1)::oid <> all ($2::pg_catalog.oid[]), true)",
                            {statement.index, oids_of(note)});
  if (!gone) return fail(gone.error());
  return gone->boolean(0, 0) ? RepairOutcome::done : RepairOutcome::run;
}

/// The index of the statement's name on its table.
struct Found {
  std::string name;
  bool valid = false;
  bool being_built = false;
};

/// Returns nothing if there is none, or only one that is in `excluded` (an array of OIDs).
Result<std::optional<Found>> find_index(Session& session, const ConcurrentIndex& statement,
                                        const std::string& excluded) {
  // Other sessions may have failed builds on the same table, so only an index of this name belongs to the statement.
  auto rows = session.query(
      std::format("select pg_catalog.format('%I.%I', n.nspname, c.relname), i.indisvalid, "
                  "exists (select from pg_catalog.pg_stat_progress_create_index p where p.index_relid = i.indexrelid) "
                  "from {} where i.indrelid = {} and not i.indexrelid = any ($3::pg_catalog.oid[]) "
                  // It is compared as type name, because the server cuts names at 63 bytes.
                  "and c.relname = (pg_catalog.parse_ident(nullif($2, '')))[pg_catalog.array_length("
                  "pg_catalog.parse_ident(nullif($2, '')), 1)]::pg_catalog.name",
                  named_indexes, table_oid),
      {statement.table, statement.index, excluded});
  if (!rows) return fail(rows.error());
  if (rows->empty()) return std::nullopt;
  return Found{.name = rows->text(0, 0), .valid = rows->boolean(0, 1), .being_built = rows->boolean(0, 2)};
}

Result<RepairOutcome> repair_create(Session& session, const ConcurrentIndex& statement, const Note& note) {
  auto added = find_index(session, statement, oids_of(note));
  if (!added) return fail(added.error());
  if (!*added) return RepairOutcome::run;
  if ((*added)->valid) return RepairOutcome::done;
  if (auto dropped = drop_invalid(session, (*added)->name, (*added)->being_built); !dropped) {
    return fail(dropped.error());
  }
  return RepairOutcome::run;
}

/// An invalid index of the name that was there before: the statement would fail, or with IF NOT EXISTS do nothing.
Result<> refuse_invalid(Session& session, const ConcurrentIndex& statement) {
  auto there = find_index(session, statement, "{}");
  if (!there) return fail(there.error());
  if (!*there || (*there)->valid) return {};
  return fail({.code = ExitCode::migration_failed,
               .message = std::format("index {} exists but is INVALID: an earlier build failed", (*there)->name),
               .hint = std::format("if no session is building it: drop index concurrently {}; then start again",
                                   (*there)->name)});
}

Result<RepairOutcome> repair_reindex(Session& session, const ConcurrentIndex& statement, const Note& note) {
  auto left = session.query(
      std::format("select pg_catalog.format('%I.%I', n.nspname, c.relname), "
                  "exists (select from pg_catalog.pg_stat_progress_create_index p where p.relid = i.indrelid), "
                  "pg_catalog.has_schema_privilege(n.oid, 'usage') "
                  "from {} where i.indrelid in {} and {} and not i.indexrelid = any ($4::pg_catalog.oid[])",
                  named_indexes, tables_of_reindex(), reindex_leftover),
      {statement.table, statement.index, statement.schema, oids_of(note)});
  if (!left) return fail(left.error());
  for (std::size_t i = 0; i < left->size(); ++i) {
    // Indexes of TOAST tables cannot be dropped by an ordinary owner.
    if (!left->boolean(i, 2)) {
      session.events().warning("an interrupted REINDEX left an INVALID index that only a superuser can drop",
                               {{"index", left->text(i, 0)}});
      continue;
    }
    if (auto dropped = drop_invalid(session, left->text(i, 0), left->boolean(i, 1)); !dropped) {
      return fail(dropped.error());
    }
  }
  return RepairOutcome::run;
}

}  // namespace

Result<Note> note_before(Session& session, const ConcurrentIndex& statement) {
  if (statement.action == ConcurrentIndex::Action::create) {
    if (auto fine = refuse_invalid(session, statement); !fine) return fail(fine.error());
  }
  constexpr const char* list = "coalesce(pg_catalog.string_agg(i.indexrelid::text, ' ' order by i.indexrelid), '')";
  auto rows =
      statement.action == ConcurrentIndex::Action::reindex
          ? session.query(std::format("select {} from pg_catalog.pg_index i join pg_catalog.pg_class c "
                                      "on c.oid = i.indexrelid where i.indrelid in {} and {}",
                                      list, tables_of_reindex(), reindex_leftover),
                          {statement.table, statement.index, statement.schema})
          : session.query(std::format("select {} from pg_catalog.pg_index i where i.indrelid = {}", list, table_oid),
                          {statement.table, statement.index});
  if (!rows) return fail(rows.error());
  return Note{.kind = NoteKind::indexes, .oids = split(rows->text(0, 0), " ")};
}

Result<Note> note_before(Session& session, const ConcurrentDetach& statement) {
  auto rows = session.query(
      "select inhrelid from pg_catalog.pg_inherits where inhparent = pg_catalog.to_regclass(nullif($1, '')) "
      "and inhrelid = pg_catalog.to_regclass(nullif($2, '')) and not inhdetachpending",
      {statement.table, statement.partition});
  if (!rows) return fail(rows.error());
  if (rows->empty()) return Note{.kind = NoteKind::started};
  return Note{.kind = NoteKind::detach, .oids = {rows->text(0, 0)}};
}

Result<RepairOutcome> repair(Session& session, const ConcurrentIndex& statement, const Note& note) {
  switch (statement.action) {
    case ConcurrentIndex::Action::create:
      return repair_create(session, statement, note);
    case ConcurrentIndex::Action::drop:
      return repair_drop(session, statement, note);
    case ConcurrentIndex::Action::reindex:
      return repair_reindex(session, statement, note);
  }
  return RepairOutcome::run;
}

Result<RepairOutcome> repair(Session& session, const ConcurrentDetach& statement, const Note& note) {
  if (note.kind != NoteKind::detach) return RepairOutcome::run;
  auto attached = session.query(
      "select inhdetachpending from pg_catalog.pg_inherits where inhrelid = $1::pg_catalog.oid", {note.oids.front()});
  if (!attached) return fail(attached.error());
  if (attached->empty()) return RepairOutcome::done;
  if (!attached->boolean(0, 0)) return RepairOutcome::run;
  session.events().warning("an interrupted DETACH PARTITION left a partition half detached: finalizing it",
                           {{"partition", statement.partition}});
  auto finalized =
      session.execute(std::format("alter table {} detach partition {} finalize", statement.table, statement.partition));
  if (!finalized) return fail(finalized.error());
  return RepairOutcome::done;
}

}  // namespace pge
