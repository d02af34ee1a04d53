#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/environment_list.hpp"
#include "core/error.hpp"

namespace pge {

/// --file-env, by the rules of the official images: for each variable NAME that a pattern (NAME or PREFIX*) names,
/// NAME becomes the content of the file in NAME_FILE, without the line ends behind it, and NAME_FILE goes. Empty counts
/// as not set. Fails with `configuration` when both are set, or when the file cannot be read.
Result<> read_file_env(EnvironmentList& environment, const std::vector<std::string>& patterns);

}  // namespace pge
