#pragma once

#include <string>
#include <vector>

#include "migrations/listing.hpp"

namespace pge {

/// What lies in a migrations directory, looks like a migration and is not read, sorted: compressed SQL ("1_a.sql.gz")
/// and folders that have SQL files in them ("v1/").
std::vector<std::string> unused_entries(const Listing& listing);

}  // namespace pge
