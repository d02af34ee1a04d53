#pragma once

#include <cstddef>

#include "core/error.hpp"
#include "migrations/migration.hpp"

namespace pge {

/// The part of the container's memory that is available for migrations, in bytes; both processes, their libraries and
/// the scanner need the rest. `unlimited` where there is no limit. The control groups are asked the first time.
std::size_t memory_for_migrations();

/// Fails with `invalid_migrations` when there is a statement in the up part, or a down part to be kept, that takes more
/// memory than that when it is sent.
Result<> check_memory(const Migration& migration);

}  // namespace pge
