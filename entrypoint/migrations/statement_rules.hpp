#pragma once

#include "core/error.hpp"
#include "migrations/migration.hpp"

namespace pge {

/// Prepares one part of a migration (up or down) for being run in a transaction that pg-entrypoint controls: a BEGIN in
/// front and the COMMIT at the end are taken out of a transactional part, all other transaction control is refused, and
/// so is what PostgreSQL refuses in a transaction block. Fails with `invalid_migrations` and a location.
Result<> check_statements(Part& part);

}  // namespace pge
