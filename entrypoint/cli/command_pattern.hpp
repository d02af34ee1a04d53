#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace pge {

/// Whether the command begins with the words of `pattern`, which blanks separate. Each of them is a glob, in which `*`
/// also stands for slashes. The first one is compared with the program's base name, or, where it has a slash itself,
/// with the program as it is written, without a leading "./" on either side.
bool fits_pattern(const std::vector<std::string>& command, const std::string& pattern);

/// Which option makes `run` start this command at once, without a database: "--no-database", "--not-for" or
/// "--only-for". Empty: none does.
std::string passed_by(const ServingSettings& settings);

}  // namespace pge
