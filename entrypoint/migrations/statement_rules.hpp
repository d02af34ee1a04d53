#pragma once

#include <string>

#include "core/error.hpp"
#include "migrations/migration.hpp"

namespace pge {

/// Prepares one part of a migration (up or down) for being run in transactions that pg-entrypoint opens: BEGIN, COMMIT
/// and SET TRANSACTION are taken out of its statements, and its `shape` or its `blocks` say what they said. A
/// transactional part is one transaction; in a no-transaction part each BEGIN … COMMIT is a block. All other
/// transaction control is refused, and so is what PostgreSQL refuses in a transaction block, or what means nothing
/// outside of one. Fails with `invalid_migrations` and a location.
Result<> check_statements(Part& part);

/// The failure of a rule at a statement's first word, because leading comments belong to the statement.
std::unexpected<Error> invalid_statement(const Source& source, const Statement& statement, std::string message,
                                         std::string hint);

}  // namespace pge
