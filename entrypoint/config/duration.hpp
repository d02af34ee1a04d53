#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace pge {

/// "500ms", "5s", "15m", "2h", or a bare number of seconds. Nothing for anything else or beyond 24 days (what
/// PostgreSQL's own time-outs can hold).
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept;

/// The shortest spelling that `parse_duration` reads back: "15m", "1500ms".
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace pge
