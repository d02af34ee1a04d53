#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/source.hpp"
#include "migrations/blocks.hpp"
#include "migrations/checksum.hpp"
#include "migrations/key.hpp"
#include "sql/statements.hpp"

namespace pge {

/// A migration file as it was read: nothing is parsed but its name.
struct MigrationFile {
  Key key;
  std::string name;  ///< the rest of the file name: "create_votes"
  Source source;
};

/// What to do with a statement that may or may not have run when its process was killed (no-transaction files only).
enum class OnDoubt : std::uint8_t { retry, stop };

/// What is run to apply a migration, or to take it back.
struct Part {
  Source source = {};          ///< what the statements are views of; both parts of a migration may have the same one
  std::string_view text = {};  ///< this part of it, as written
  Statements statements = {};
  bool transactional = true;    ///< false: step by step, each with its record in the history
  TransactionShape shape = {};  ///< of a transactional part's transaction
  Blocks blocks = {};           ///< of a part that is not transactional
  std::optional<std::chrono::milliseconds> lock_timeout = {};  ///< directive lock_timeout=…
  OnDoubt on_doubt = OnDoubt::retry;

  /// Steps that the history counts; 0 for a transactional part.
  std::size_t steps() const { return transactional ? 0 : blocks.steps(statements.size()); }
  Step step(std::size_t index) const { return blocks.step(index); }
};

/// A migration that is ready to be planned, and to be applied once it is parsed.
struct Migration {
  Key key;
  std::string name;
  Checksum checksum;  ///< SHA-256 in hex over directives and the up part (normalised line ends)
  Part up;
  std::optional<Part> down;  ///< nothing where the file has none; without statements where it has only comments
  /// False for a file that nobody had to understand (see MigrationSet): then `up` has its source and nothing else,
  /// `down` is nothing, and `checksum` is known where the history has the file.
  bool is_parsed = true;

  /// A file of comments: it says that there is nothing to do.
  bool does_nothing() const noexcept { return up.statements.empty(); }

  std::string label() const { return pge::label(key, name); }
  /// The file that messages name.
  const std::string& path() const { return up.source.path; }
};

enum class HistoryState : std::uint8_t { applied, running, reverting };

/// A row of the history table.
struct AppliedMigration {
  Key key;
  std::string name;
  HistoryState state = HistoryState::applied;
  std::size_t step = 0;                ///< steps done (no-transaction files)
  std::size_t steps = 0;               ///< steps in all
  std::string note;                    ///< for resuming
  std::vector<std::string> checksums;  ///< all accepted ones, newest first
  FileText down_text;
  std::int64_t applied_order = 0;
  std::string applied_at;  ///< ISO 8601, UTC
  std::string applied_by;
  std::int64_t milliseconds = 0;
  bool replicated = false;         ///< logical replication has brought the row, and no DDL with it
  bool applied_elsewhere = false;  ///< in another database: a dump, a template or a copied cluster has brought it

  std::string label() const { return pge::label(key, name); }
};

/// Where an interrupted run of a file without transaction stands.
struct Resume {
  std::size_t step = 0;  ///< steps already done
  std::string note;      ///< what it noted before the one after them
};

}  // namespace pge
