#include "core/source.hpp"

#include <algorithm>

#include "core/text.hpp"

namespace pge {

Location Source::at(std::size_t offset) const {
  const std::string_view before = text.view().substr(0, std::min(offset, text.view().size()));
  const std::size_t newline = before.rfind('\n');
  const std::string_view line = newline == std::string_view::npos ? before : before.substr(newline + 1);
  return Location{.file = path,
                  .line = 1 + static_cast<std::size_t>(std::ranges::count(before, '\n')),
                  .column = 1 + characters(line)};
}

}  // namespace pge
