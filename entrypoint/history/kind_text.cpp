#include "history/kind_text.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace pge {
namespace {

constexpr std::pair<HistoryKind, std::string_view> kinds[] = {{HistoryKind::versioned, "versioned"},
                                                              {HistoryKind::repeatable, "repeatable"},
                                                              {HistoryKind::baseline, "baseline"}};

}  // namespace

std::string text_of(HistoryKind kind) {
  return std::string(std::ranges::find(kinds, kind, &std::pair<HistoryKind, std::string_view>::first)->second);
}

std::optional<HistoryKind> kind_of(std::string_view text) {
  const auto found = std::ranges::find(kinds, text, &std::pair<HistoryKind, std::string_view>::second);
  return found == std::end(kinds) ? std::nullopt : std::optional(found->first);
}

}  // namespace pge
