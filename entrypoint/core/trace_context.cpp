#include "core/trace_context.hpp"

#include <algorithm>
#include <cstddef>

namespace pge {
namespace {

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

std::optional<std::string> trace_id_of(std::string_view traceparent) {
  // version "-" trace-id "-" parent-id "-" trace-flags
  constexpr std::size_t whole = 55;
  if (traceparent.size() < whole) return std::nullopt;
  const std::string_view version = traceparent.substr(0, 2);
  const std::string_view trace = traceparent.substr(3, 32);
  const std::string_view parent = traceparent.substr(36, 16);
  const std::string_view flags = traceparent.substr(53, 2);
  if (traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-') return std::nullopt;
  for (const std::string_view part : {version, trace, parent, flags}) {
    if (!is_hex(part)) return std::nullopt;
  }
  if (version == "ff" || is_zero(trace) || is_zero(parent)) return std::nullopt;
  const bool goes_on = traceparent.size() > whole;
  if (goes_on && (version == "00" || traceparent[whole] != '-')) return std::nullopt;
  return std::string(trace);
}

}  // namespace pge
