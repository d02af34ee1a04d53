#include "history/history.hpp"

#include <algorithm>
#include <format>
#include <iterator>
#include <utility>

#include "core/host_name.hpp"
#include "history/ddl.hpp"
#include "history/kept_text.hpp"
#include "history/kind_text.hpp"
#include "history/place.hpp"
#include "history/refusal.hpp"
#include "history/replication.hpp"

namespace pge {
namespace {

/// The row of a key, whose parts are the first two parameters.
constexpr const char* its_row = "kind = $1 and version = $2";

}  // namespace

History::History(Session& session, HistoryTable wanted, std::string tool_version)
    : session_(&session), wanted_(std::move(wanted)), tool_version_(std::move(tool_version)) {
  settle(wanted_);
}

void History::settle(HistoryTable table) {
  table_ = std::move(table);
  qualified_ = qualified_name(*session_, table_.place());
}

Result<> History::create(const AdvisoryLock& lock) {
  if (exists_ && complete_ && marked_) return {};
  if (auto held = lock.verify(); !held) return held;
  if (!exists_) {
    auto created = create_history(*session_, wanted_);
    if (!created) return fail(created.error());
    settle(std::move(created->table));
    exists_ = complete_ = true;
    marked_ = created->marked;
  } else if (!complete_) {
    auto added = add_history_columns(*session_, table_);
    if (!added) return fail(added.error());
    complete_ = *added;
  }
  if (complete_) return marked_ ? Result<>() : mark_replicated_rows(*session_, table_.place());
  return table_.key ? fail(unrecorded_lock_key(qualified_)) : Result<>();
}

std::vector<Query> History::creation_queries(const AdvisoryLock& lock) const {
  std::vector<Query> all{lock.verification()};
  std::ranges::move(pge::creation_queries(wanted_), std::back_inserter(all));
  return all;
}

Result<> History::record_key(const AdvisoryLock&) {
  if (!table_.key || recorded_key_) return {};
  // A row of this kind is passed over by every release of format 2, and by one of format 1 unless it is the digest of
  // its migrator's inputs.
  return write_one(
      std::format("insert into {0} (kind, version, name, state, applied_order, applied_at, applied_by, applied_from, "
                  "milliseconds, tool_version{1}) "
                  "select 'receipt', 'lock', 'lock key', 'applied', 1, "
                  "pg_catalog.clock_timestamp(), session_user, $1, 0, $2{2}",
                  qualified_, added_columns(), added_values()),
      {host_name(), tool_version_}, "recording the lock's key");
}

std::string History::added_values() const {
  return added_values(this_database_sql());
}

std::string History::added_values(std::string_view database) const {
  if (!complete_) return "";
  return std::format(", {}, {}, {}", history_format, database, table_.key ? std::to_string(*table_.key) : "null");
}

/// A write that must change exactly one row; anything else means that somebody wrote without holding the lock. `what`
/// is a literal.
OwnStatement History::writing_one(std::string sql, std::vector<std::string> parameters, std::string_view what) const {
  return {.sql = std::move(sql),
          .parameters = std::move(parameters),
          .judge = [this, what](Result<Rows> written) -> Result<> {
            if (!written) return fail(explain_write(*session_, table_.place(), std::move(written.error())));
            if (!written->tag().ends_with(" 1")) return fail(lost_row(qualified_, what));
            return {};
          }};
}

Result<> History::advance(const AdvisoryLock&, const Key& key, std::size_t done) {
  return write_one(std::format("update {} set step = $3::integer, {} where {} "
                               "and step = $3::integer - 1 and state <> 'applied'",
                               qualified_, no_note(), its_row),
                   {text_of(key.kind), key.version, std::to_string(done)}, "recording a step");
}

Result<> History::note(const AdvisoryLock&, const Key& key, std::size_t step, const Note& note) {
  const std::string its_step = std::format("where {} and step = $3::integer and state <> 'applied'", its_row);
  std::vector<std::string> parameters{text_of(key.kind), key.version, std::to_string(step)};
  const Backend& here = session_->server().backend;
  std::string set = no_note();
  if (note.kind != NoteKind::none) {
    set = "note = $4";
    parameters.push_back(make_note(note));
    if (complete_) {
      // Without its start a pid says nothing, so this session is not named then.
      set += ", session_pid = nullif($5, '')::integer, session_started = nullif($6, '')::timestamp with time zone";
      parameters.push_back(here.started.empty() ? "" : std::to_string(here.pid));
      parameters.push_back(here.started);
    }
  }
  return write_one(std::format("update {} set {} {}", qualified_, set, its_step), parameters, "writing a step's note");
}

/// `took`: an expression in milliseconds over $3, which is `given`. `more`: what else is set.
OwnStatement History::completed(const Key& key, std::string_view took, milliseconds given,
                                std::string_view more) const {
  return writing_one(std::format("update {} set state = 'applied', step = steps, {}, applied_at = "
                                 "pg_catalog.clock_timestamp(), "
                                 "milliseconds = {}{} where {} and state = 'running'",
                                 qualified_, no_note(), took, more, its_row),
                     {text_of(key.kind), key.version, std::to_string(given.count())}, "completing a migration");
}

Result<> History::complete(const AdvisoryLock&, const Key& key, milliseconds took) {
  return session_->run(completed(key, "$3::bigint", took));
}

OwnStatement History::completion(const AdvisoryLock&, const Migration& migration, milliseconds before) const {
  // An empty one would be null, which the column does not take.
  const std::string_view late = ", checksums = pg_catalog.string_to_array(nullif($4, ''), ' ')";
  const bool is_late = migration.checksum.is_late();
  OwnStatement row = completed(migration.key,
                               "$3::bigint + greatest(0, extract(epoch from pg_catalog.clock_timestamp() - "
                               "pg_catalog.transaction_timestamp()) * 1000)::bigint",
                               before, is_late ? late : "");
  if (is_late) row.late = [checksum = migration.checksum]() -> const std::string& { return checksum.text(); };
  row.repeated = true;
  return row;
}

OwnStatement History::reverting(const AdvisoryLock&, const Key& key, std::size_t steps) const {
  return writing_one(std::format("update {} set state = 'reverting', step = 0, steps = $3::integer, {} "
                                 "where {} and state = 'applied'",
                                 qualified_, no_note(), its_row),
                     {text_of(key.kind), key.version, std::to_string(steps)}, "starting a rollback");
}

OwnStatement History::removal(const AdvisoryLock&, const Key& key) const {
  return writing_one(std::format("delete from {} where {}", qualified_, its_row), {text_of(key.kind), key.version},
                     "removing a migration");
}

Result<> History::baseline(const AdvisoryLock&, const Key& key) {
  return write_one(
      std::format("insert into {0} (kind, version, name, state, applied_order, applied_at, applied_by, applied_from, "
                  "milliseconds, tool_version{1}) "
                  "select $1, $2, 'baseline', 'applied', coalesce(max(applied_order), 0) + 1, "
                  "pg_catalog.clock_timestamp(), session_user, $3, 0, $4{2} from {0}",
                  qualified_, added_columns(), added_values()),
      {text_of(key.kind), key.version, host_name(), tool_version_}, "recording a baseline");
}

Result<> History::accept(const AdvisoryLock&, const Key& key, std::string_view checksum, std::size_t steps) {
  return write_one(
      std::format("update {} set checksums = pg_catalog.array_prepend($3, pg_catalog.array_remove(checksums, $3)), "
                  "steps = case when state = 'running' then $4::integer else steps end, {} where {}",
                  qualified_, no_note(), its_row),
      {text_of(key.kind), key.version, std::string(checksum), std::to_string(steps)}, "accepting a checksum");
}

Result<> History::keep_replicated(const AdvisoryLock&) {
  if (!complete_) return {};
  auto kept = session_->query(std::format("update {} set replicated = false where replicated", qualified_));
  if (!kept) return fail(explain_write(*session_, table_.place(), kept.error()));
  return {};
}

std::string History::sql_for_doubt(const Key& key, std::optional<std::size_t> step) const {
  return std::format("update {} set {}note = '' where kind = {} and version = {}", qualified_,
                     step ? std::format("step = {}, ", *step) : "", session_->quote_literal(text_of(key.kind)),
                     session_->quote_literal(key.version));
}

}  // namespace pge
