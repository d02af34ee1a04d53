#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "history/table_name.hpp"
#include "postgres/advisory_lock.hpp"
#include "postgres/session.hpp"

namespace pge {

/// What one run of a migrator without a graph has shown: this command with these inputs found one state and left
/// another. One row for each different fact; none is ever deleted.
struct Fact {
  std::string application;  ///< digest of history table, state query and Alembic's version table
  std::string command;      ///< digest of the command's words
  std::string inputs;       ///< digest of files, environment inputs and target
  std::string found;        ///< the state before the run
  std::string left;         ///< the state after it
  std::string migrator;     ///< the program's name, for `status`
  // Filled by `read`, for `status`.
  std::string applied_at = {};  ///< ISO 8601, UTC
  std::string applied_by = {};
  std::int64_t milliseconds = 0;
};

/// All ancestors of a state that a migrator with a graph has reached, or was found in, as that image knew them.
struct Ancestry {
  std::string application;
  std::string state;                   ///< the version table's rows, sorted, one per line
  std::vector<std::string> ancestors;  ///< every revision at or below the state; none contains a line feed
};

/// The facts table beside the history table (docs/history-table.md, ADR 8): the only place that knows its columns.
/// Rows are added and never changed, so a conflict means that the fact is known already.
class Facts {
 public:
  /// `table`: where the history is, as `History::table()` says after `History::read`.
  Facts(Session& session, const HistoryTable& table);

  /// Every fact of this application, oldest first; none when there is no table. Needs SELECT only. Fails with `refused`
  /// when the table may not be read, with `configuration` when only a newer release can work with it.
  Result<std::vector<Fact>> read(const std::string& application);

  /// What was stored for this state; nothing when there is no table or no such row. Fails as `read` does.
  Result<std::optional<Ancestry>> ancestry(const std::string& application, const std::string& state);

  /// Whether there is a table. Fails with `refused` when row security hides its rows.
  Result<bool> exists();

  /// Creates the table if it is not there. Call `History::create` first, which creates the schema.
  Result<> create(const AdvisoryLock& lock);

  /// Adds a fact; one that is known already is left as it is. `took`: how long the run took.
  Result<> add(const AdvisoryLock& lock, const Fact& fact, std::chrono::milliseconds took);

  /// Adds an ancestry unless there is one for this state. False when it could not be stored, which is no error: there
  /// is no table, this role may not write to it, or the server is read-only. Needs no lock and no open transaction.
  Result<bool> add(const Ancestry& ancestry);

 private:
  Session* session_;
  HistoryTable::Name name_;
  std::string qualified_;
};

}  // namespace pge
