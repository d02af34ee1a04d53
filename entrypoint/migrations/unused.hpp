#pragma once

#include <string>
#include <vector>

namespace pge {

/// What lies in a migrations directory, looks like a migration and is not read, sorted: compressed SQL ("1_a.sql.gz")
/// and folders that have SQL files in them ("v1/"). Empty when the directory cannot be read.
std::vector<std::string> unused_entries(const std::string& directory);

}  // namespace pge
