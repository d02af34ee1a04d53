#pragma once

#include "run/preparation.hpp"
#include "run/upgrade.hpp"

namespace pge {

/// Until the database answers.
Result<> wait(Preparation& preparation);

/// What is applied and what is pending, on stdout: migrations of ours, or Alembic's revisions, or a migrator's
/// receipts.
Result<> status(Preparation& preparation, const ChildSetting& child);

/// `exit_status` is 0 when up to date and 3 when something is pending, which goes to stdout; what is wrong with files
/// or history is an error as everywhere.
Result<> check(Preparation& preparation, const ChildSetting& child, int& exit_status);

}  // namespace pge
