#pragma once

#include <expected>
#include <string>
#include <vector>

namespace pge {

/// What one --migrator-inputs names: paths, and environment variables as "env:NAME", joined by ':'. A folder called
/// env is written ./env. The error is a sentence about what is no variable's name.
std::expected<std::vector<std::string>, std::string> split_input_list(const std::string& given);

}  // namespace pge
