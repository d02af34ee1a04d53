#include "cli/command_pattern.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "core/strings.hpp"

namespace pge {
namespace {

std::string without_dot(std::string_view path) {
  while (path.starts_with("./")) path.remove_prefix(2);
  return std::string(path);
}

/// The program as the pattern's first word sees it.
std::string program_for(const std::string& word, const std::string& program) {
  if (word.contains('/')) return without_dot(program);
  return program.substr(program.rfind('/') + 1);
}

bool fits_word(const std::string& glob, const std::string& word) {
  return fnmatch(glob.c_str(), word.c_str(), 0) == 0;
}

}  // namespace

bool fits_pattern(const std::vector<std::string>& command, const std::string& pattern) {
  const std::vector<std::string> words = split(pattern, " \t");
  if (words.empty() || words.size() > command.size()) return false;
  if (!fits_word(without_dot(words[0]), program_for(words[0], command[0]))) return false;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (!fits_word(words[i], command[i])) return false;
  }
  return true;
}

std::string passed_by(const ServingSettings& settings) {
  const auto fits = [&](const std::string& pattern) { return fits_pattern(settings.command, pattern); };
  if (settings.no_database) return "--no-database";
  if (std::ranges::any_of(settings.not_for, fits)) return "--not-for";
  if (!settings.only_for.empty() && std::ranges::none_of(settings.only_for, fits)) return "--only-for";
  return "";
}

}  // namespace pge
