#pragma once

#include <cstddef>
#include <cstdint>
#include <format>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "history/ddl.hpp"
#include "history/note.hpp"
#include "history/row_columns.hpp"
#include "history/table_name.hpp"
#include "migrations/migration.hpp"
#include "postgres/advisory_lock.hpp"
#include "postgres/session.hpp"

namespace pge {

/// The history table: with `row_columns` the only place that knows its columns (docs/history-table.md, ADR 1).
/// Everything that writes takes the lock. All SQL is schema-qualified: a migration may leave an empty search_path.
class History {
 public:
  History(Session& session, HistoryTable wanted, std::string tool_version);

  /// Finds the table, and reads all rows in order of application; none when there is no table. Reading needs SELECT
  /// only. Fails as `find_history` does, with `configuration` when only a newer release can work with a row or when the
  /// rows were written under another key of the advisory lock, and with `refused` when the table may not be read.
  Result<std::vector<AppliedMigration>> read(RowDetail detail = RowDetail::plan);

  /// The same for a start that will most likely find nothing to do: two cheap queries where the table is plainly in its
  /// place (`look_quickly`), and `read` otherwise. It does not look for what `create` has to know. `otherwise`: what
  /// will be asked next when there is no table, to be asked along.
  Result<std::vector<AppliedMigration>> read_quickly(std::vector<Query> otherwise = {});

  /// What `read` and `look` ask first.
  Query first_query() const;

  /// Reads the rows for `workers`, and keeps them for `rows_of_look`.
  Result<> look();

  /// What the last `look` has found, once, if nothing was read since; else as `read`. For one who has had the lock
  /// since before that look: nobody else can have written.
  Result<std::vector<AppliedMigration>> rows_of_look();

  /// The sessions that the notes of unfinished steps name, by the last `read`. One that does not live any more has left
  /// its step in doubt. A table of format 1 names none.
  const std::vector<Worker>& workers() const noexcept { return workers_; }

  /// The advisory lock's key that the last `read` has found recorded by the newest row; without rows ours.
  std::int64_t lock_key() const noexcept { return recorded_key_.value_or(table_.lock_key()); }

  /// Whether the last `read` has found a table.
  bool exists() const noexcept { return exists_; }

  /// Creates schema and table if they are not there, and gives a table of format 1 the columns of format 2. Call `read`
  /// first, under the lock. Fails with `configuration` when a table of format 1 cannot record --lock-key.
  Result<> create(const AdvisoryLock& lock);

  /// What `create` asks first when there is no table.
  std::vector<Query> creation_queries(const AdvisoryLock& lock) const;

  /// Records --lock-key in a history without rows, for a migrator, which writes none. Call `create` first.
  Result<> record_key(const AdvisoryLock& lock);

  /// The row of a migration that begins, in state `running`. In the migration's own transaction, or committed at
  /// once for one that cannot have a transaction.
  OwnStatement beginning(const AdvisoryLock& lock, const Migration& migration);

  /// The same for migrations one after the other in a session that keeps the lock: what the server had to look up for
  /// the first of them, its place in the order of application and where this database is, is known for the next. Where
  /// the checksum is late the row has none until its `completion`, in the same transaction.
  OwnStatement beginning_next(const AdvisoryLock& lock, const Migration& migration);

  /// What `beginning_next` has counted is not so: a transaction before the last one has not been committed.
  void forget_order() noexcept { ours_.reset(); }

  /// Compare-and-set of the step: `done - 1` becomes `done`, without a note.
  Result<> advance(const AdvisoryLock& lock, const Key& key, std::size_t done);

  /// A note for resuming, on a row that stands at `step`. It names this session.
  Result<> note(const AdvisoryLock& lock, const Key& key, std::size_t step, const Note& note);

  /// The same row becomes `applied`.
  Result<> complete(const AdvisoryLock& lock, const Key& key, milliseconds took);

  /// The same for a row of `beginning_next`, when it is not known yet how long it will have taken: the server adds the
  /// time since the start of the transaction to `before`.
  OwnStatement completion(const AdvisoryLock& lock, const Migration& migration, milliseconds before) const;

  /// An applied row becomes `reverting`, at step 0 of `steps`.
  OwnStatement reverting(const AdvisoryLock& lock, const Key& key, std::size_t steps) const;
  OwnStatement removal(const AdvisoryLock& lock, const Key& key) const;

  /// A row that says: the schema is at this version.
  Result<> baseline(const AdvisoryLock& lock, const Key& key);

  /// Add a checksum to the accepted ones of a version; it never removes one. A row in state `running` gets the new
  /// file's number of statements and resumes with that file; its note is removed, because the statement it was for may
  /// have changed.
  Result<> accept(const AdvisoryLock& lock, const Key& key, std::string_view checksum, std::size_t steps);

  /// Take the rows that replication has brought for rows of this database: somebody has brought their DDL here.
  Result<> keep_replicated(const AdvisoryLock& lock);

  /// For a hint: the SQL by which a person resolves the doubt about a statement that may have run before its process
  /// was killed. With `step`: it did run, so these are done. Without: it did not.
  std::string sql_for_doubt(const Key& key, std::optional<std::size_t> step) const;

  /// The table at the place where the last `read` or `create` has found it.
  const HistoryTable& table() const noexcept { return table_; }

  /// schema.name, quoted.
  const std::string& qualified() const noexcept { return qualified_; }

 private:
  OwnStatement begun(const Migration& migration, std::string checksum) const;
  std::vector<std::string> values_of(const Migration& migration, std::string checksum) const;
  OwnStatement writing_one(std::string sql, std::vector<std::string> parameters, std::string_view what) const;
  Result<> write_one(std::string sql, std::vector<std::string> parameters, std::string_view what) {
    return session_->run(writing_one(std::move(sql), std::move(parameters), what));
  }
  OwnStatement completed(const Key& key, std::string_view took, milliseconds given, std::string_view more = {}) const;

  void settle(HistoryTable table);
  Result<std::vector<AppliedMigration>> read_rows(const FoundHistory& found, RowDetail detail);
  Result<> check_key() const;

  /// What an INSERT adds to say which format wrote the row, in which database and under which key, if the table has the
  /// columns.
  std::string added_columns() const { return complete_ ? ", written_format, applied_in, lock_key" : ""; }
  std::string added_values() const;
  std::string added_values(std::string_view database) const;

  /// What an UPDATE sets when a row has no note any more.
  std::string no_note() const {
    return complete_ ? "note = '', session_pid = null, session_started = null" : "note = ''";
  }

  Session* session_;
  HistoryTable wanted_;
  HistoryTable table_;
  std::string qualified_;
  std::string tool_version_;
  bool exists_ = false;
  bool complete_ = false;                     ///< the table has the columns of format 2
  bool marked_ = false;                       ///< a trigger marks the rows that replication brings
  std::optional<std::int64_t> recorded_key_;  ///< nothing: there is no row
  std::vector<Worker> workers_;
  std::optional<std::vector<AppliedMigration>> looked_;  ///< see `rows_of_look`

  /// The last row that we have begun.
  struct Ours {
    Key key;
    std::int64_t order;
    std::string database;  ///< the row's applied_in; empty: null
  };
  std::optional<Ours> ours_;
};

}  // namespace pge
