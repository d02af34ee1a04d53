#pragma once

#include <cstddef>
#include <format>
#include <string>

namespace pge {

/// "1_one, 2_two": the labels of what the pointers in `items` point to; after ten of them "and n more".
template <typename Items>
std::string list_labels(const Items& items) {
  constexpr std::size_t shown_labels = 10;
  std::string list;
  std::size_t shown = 0;
  for (const auto* item : items) {
    if (shown++ == shown_labels) return std::format("{} and {} more", list, items.size() - shown_labels);
    list += (list.empty() ? "" : ", ") + item->label();
  }
  return list;
}

}  // namespace pge
