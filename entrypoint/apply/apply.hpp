#pragma once

#include <cstddef>
#include <vector>

#include "apply/turn.hpp"
#include "core/error.hpp"
#include "plan/plan.hpp"
#include "plan/revert_plan.hpp"

namespace pge {

/// Apply the plan, file by file; each leaves its history row or nothing, but for a file without a transaction, whose
/// row stays `running` and is resumed. `applied` counts them, also when a later one fails. Fails with the code of the
/// statement's SQLSTATE and the place in the file, `gave_way` after the last retry, `unavailable` when the connection
/// is lost, `in_doubt` when it is lost at COMMIT, and with `Next::new_session` before a file that needs one.
Result<> apply(const Turn& turn, const Plan& plan, std::size_t& applied);

/// Revert, newest first; `reverted` counts them. Fails as `apply` does.
Result<> revert(const Turn& turn, const std::vector<PlannedRevert>& plan, std::size_t& reverted);

/// The first of the plan, in the transaction that is open and has the lock, and COMMIT: through a pooler each file has
/// a turn of its own (ADR 10). The plan is not empty, and the part has a transaction.
Result<> apply_next(const Turn& turn, const Plan& plan);
Result<> revert_next(const Turn& turn, const std::vector<PlannedRevert>& plan);

}  // namespace pge
