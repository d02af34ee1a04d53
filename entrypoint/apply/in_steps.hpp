#pragma once

#include "apply/in_transaction.hpp"

namespace pge {

/// Statement by statement for files that cannot run in a transaction. The row says `step k of n`; a statement and its
/// step share a transaction wherever PostgreSQL permits, so that an interrupted run resumes at the right one.
Result<> run_in_steps(const Turn& turn, const PartRun& run);

}  // namespace pge
