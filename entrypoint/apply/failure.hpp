#pragma once

#include <cstddef>

#include "apply/part_run.hpp"
#include "core/error.hpp"
#include "history/history.hpp"

namespace pge {

/// An error of the server's, told as the failure of a place in the migration, with what to do next. A lost connection,
/// a server that stops and a read-only server become `unavailable`; a right that the statement lacks becomes
/// `migration_failed`; every other code is that of `classify`. A stop stays as it is.
Error explain_failure(const PartRun& run, const Statement& statement, Error error);

/// An error at COMMIT (a deferred constraint) belongs to the transaction as a whole: it is told at its last statement,
/// the one before index `end`. Other errors stay as they are.
Error explain_commit_failure(const PartRun& run, std::size_t end, Error error);

/// `in_doubt`, for the directive on-doubt=stop: the statement that is step `index` may have run before its process was
/// killed.
Error explain_doubt(const PartRun& run, std::size_t index, const History& history);

/// "cannot run inside a transaction block" and "invalid transaction termination": the statement was not run, and may be
/// run alone.
bool needs_to_run_alone(const Error& error);

}  // namespace pge
