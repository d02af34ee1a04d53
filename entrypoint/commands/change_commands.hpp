#pragma once

#include "run/preparation.hpp"
#include "run/sql_upgrade.hpp"

namespace pge {

/// Revert the last N migrations, or down to a version.
Result<> down(Preparation& preparation, SqlUpgrade& upgrade);

/// Record that a schema which was made before the history is at a version.
Result<> baseline(Preparation& preparation, SqlUpgrade& upgrade);

/// Accept the changed file of an applied version.
Result<> accept(Preparation& preparation, SqlUpgrade& upgrade);

}  // namespace pge
