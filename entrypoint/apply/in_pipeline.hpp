#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "apply/part_run.hpp"
#include "core/stop.hpp"
#include "postgres/own_statement.hpp"

namespace pge {

/// What is sent before and after the statements of a part: the frame that makes them a migration.
struct Frame {
  std::vector<OwnStatement> opening = {};
  std::vector<OwnStatement> closing = {};
};

/// The row alone, for a transaction that is open; at the end our identity again, and the row. `started`: the part.
/// `begun` is called when the row is there.
Frame frame_of_row(const Turn& turn, const PartRun& run, Clock::time_point started, const std::function<void()>& begun);

/// For a part whose transaction has no shape of its own: BEGIN, the session profile, the proofs of what
/// `verify_session` makes sure of, and the row. It closes as `frame_of_row` does.
Frame frame_of_transaction(const Turn& turn, const PartRun& run, Clock::time_point started,
                           const std::function<void()>& begun);

/// Runs the statements of a part from index `first` on, in their frame, each sent ahead of the answers to those before
/// it (ADR 16). COPY … FROM STDIN, which a pipeline cannot have, comes between two of them. COMMIT is not part of it,
/// but that of the part before may open the frame (ADR 22).
Result<> run_ahead(const Turn& turn, const PartRun& run, std::size_t first, const Frame& frame);

}  // namespace pge
