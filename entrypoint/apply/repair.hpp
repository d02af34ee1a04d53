#pragma once

#include "core/error.hpp"
#include "history/note.hpp"
#include "postgres/session.hpp"
#include "sql/concurrent_statement.hpp"

namespace pge {

/// What an interrupted `… CONCURRENTLY` left behind is found by comparing with what existed before it, which is in the
/// history row's note.

/// The note to write before the statement. Fails when CREATE meets an invalid index of its name. CREATE and DROP INDEX:
/// the OIDs of the table's indexes. REINDEX: the OIDs of those in its reach that are invalid
/// already.
Result<Note> note_before(Session& session, const ConcurrentIndex& statement);

/// The OID of the partition; `started` when it cannot be detached.
Result<Note> note_before(Session& session, const ConcurrentDetach& statement);

enum class RepairOutcome : std::uint8_t {
  run,   ///< run the statement (again): nothing of it is left
  done,  ///< it had been completed, or is now
};

/// After an interruption, with the note written before it. A new valid index of that name counts as done; a new
/// invalid one that no backend is building is dropped; what was there before is never touched, except what REINDEX has
/// put aside as `…_ccold`. An index that was there before and is gone counts as dropped. Fails with `gave_way` while
/// somebody is building.
Result<RepairOutcome> repair(Session& session, const ConcurrentIndex& statement, const Note& note);

/// Completes the detach of a partition that was left half detached.
Result<RepairOutcome> repair(Session& session, const ConcurrentDetach& statement, const Note& note);

}  // namespace pge
