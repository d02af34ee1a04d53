#pragma once

#include "preparation.hpp"
#include "sql_upgrade.hpp"

namespace pge {

/// What a command that changes the history works with: the rooms, and migrations of ours.
struct Desk {
  Preparation& preparation;
  SqlUpgrade& upgrade;
  const Settings& settings;
  Log& log;
};

/// Revert the last N migrations, or down to a version.
Result<> down(const Desk& desk);

/// Record that a schema which was made before the history is at a version.
Result<> baseline(const Desk& desk);

/// Accept the changed file of an applied version.
Result<> accept(const Desk& desk);

}  // namespace pge
