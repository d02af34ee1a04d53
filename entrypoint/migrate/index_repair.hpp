#pragma once

#include <string>

#include "core/error.hpp"
#include "migrate/statement_kind.hpp"
#include "postgres/session.hpp"

namespace pge {

/// What an interrupted CREATE/DROP INDEX or REINDEX … CONCURRENTLY leaves behind is judged by what was there before it:
/// the OIDs of the table's indexes, kept in the history row's note.
///
/// The note to write before the statement: "indexes 16391 16402".
Result<std::string> index_note(Session& session, const ConcurrentIndex& statement);

enum class IndexOutcome : std::uint8_t {
  run,   ///< run the statement (again): nothing of it is left
  done,  ///< it had been completed
};

/// After an interruption, with the note written before it. A new valid index of that name counts as done; a new
/// invalid one that no backend is building is dropped; what was there before is never touched. Fails with `gave_way`
/// while somebody is building.
Result<IndexOutcome> repair_index(Session& session, const ConcurrentIndex& statement, const std::string& note);

}  // namespace pge
