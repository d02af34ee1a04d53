#pragma once

#include <cstddef>
#include <vector>

#include "apply/turn.hpp"
#include "core/error.hpp"
#include "plan/plan.hpp"
#include "plan/revert_plan.hpp"

namespace pge {

/// Apply the plan, file by file; each either leaves its history row or nothing. Returns how many were applied. Fails
/// with `migration_failed` and the place in the file, `gave_way` after the last retry, `unavailable` when the
/// connection is lost (nothing of the file is applied), `in_doubt` when it is lost at COMMIT.
Result<std::size_t> apply(const Turn& turn, const Plan& plan);

/// Revert, newest first; returns how many were reverted.
Result<std::size_t> revert(const Turn& turn, const std::vector<PlannedRevert>& plan);

}  // namespace pge
