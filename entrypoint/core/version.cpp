#include "core/version.hpp"

#include <algorithm>

namespace pge {

bool version_less(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() ? a < b : a.size() < b.size();
}

std::optional<std::string> canonical_version(std::string_view typed) {
  if (typed.empty() || typed.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  return std::string(typed.substr(std::min(typed.find_first_not_of('0'), typed.size() - 1)));
}

}  // namespace pge
