#pragma once

#include "apply/in_transaction.hpp"

namespace pge {

/// Step by step for files that cannot run in one transaction; a step is a statement, or a block BEGIN … COMMIT. The row
/// says `step k of n`; a step and its record share a transaction wherever PostgreSQL permits, so that an interrupted
/// run resumes at the right one.
Result<> run_in_steps(const Turn& turn, const PartRun& run);

}  // namespace pge
