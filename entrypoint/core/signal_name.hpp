#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace pge {

/// The number of a signal. The spellings are those of a Dockerfile's STOPSIGNAL: "SIGWINCH", "winch", "28", "RTMIN+3",
/// "RTMAX-1". The error is a sentence.
std::expected<int, std::string> parse_signal(std::string_view name);

/// The same for a signal that can ask this process to stop. Further errors: it cannot be caught; or the kernel, the
/// terminal or this process itself sends it for another reason.
std::expected<int, std::string> parse_stop_signal(std::string_view name);

}  // namespace pge
