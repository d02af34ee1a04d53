#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pge {

/// The trace-id of a `traceparent` (W3C Trace Context, 3.2), 32 digits. Nothing when the text is not valid: then none
/// of it may be used. Of a later version than 00 only the parts that version 00 has are read, as the specification
/// asks.
std::optional<std::string> trace_id_of(std::string_view traceparent);

}  // namespace pge
