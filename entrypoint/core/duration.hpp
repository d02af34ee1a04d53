#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace pge {

/// "250us", "500ms", "5s", "15m" or "15min", "2h", "1d"; a bare number counts in `bare`: seconds on the command line,
/// milliseconds in a migration, where PostgreSQL's habit holds. Microseconds are rounded up, so that a short time does
/// not become 0, which means none. Returns nothing for anything else, or for more than PostgreSQL's time-outs can hold
/// (an int of milliseconds, 24 days).
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text, std::chrono::milliseconds bare) noexcept;

/// The shortest spelling that `parse_duration` reads back: "15m", "1500ms".
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace pge
