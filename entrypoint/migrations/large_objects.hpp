#pragma once

#include <cstddef>
#include <vector>

#include "sql/statements.hpp"

namespace pge {

/// The indexes, in ascending order, of each BEGIN and COMMIT between which pg_dump writes the content of large objects:
/// calls of lo_open, lowrite and lo_close and nothing else. A descriptor of lo_open lives until the end of its
/// transaction, and pg_dump does not know that a migration has one.
std::vector<std::size_t> large_object_transactions(const Statements& statements);

}  // namespace pge
