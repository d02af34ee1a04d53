#pragma once

#include <string>

#include "core/error.hpp"
#include "migrations/migration.hpp"

namespace pge {

/// Whether a part can be run through a pooler, in the one transaction that holds the lock (ADR 10). Fails with
/// `configuration`; `label` names the migration.
Result<> check_poolable(const std::string& label, const Part& part);

}  // namespace pge
