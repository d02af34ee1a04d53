#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/events.hpp"

namespace pge {

/// At most `longest` bytes of `text`, and an ellipsis when something was cut off; never half a character.
std::string capped(std::string_view text, std::size_t longest);

/// `message key=value key="two words"`, without time and level. A field that still holds SQL (`Field::sql`) was not
/// masked by anybody and shows as `***`, here and in JSON.
std::string text_line(std::string_view message, const std::vector<Field>& fields);

/// What stands before a `text_line`: the time (RFC 3339, UTC, ms), the level, in `bold` for a terminal, and a blank.
std::string line_head(std::chrono::system_clock::time_point time, Level level, bool bold);

/// One JSON object: time (RFC 3339, UTC, ms), level, message, then the fields.
std::string json_line(std::chrono::system_clock::time_point time, Level level, std::string_view message,
                      const std::vector<Field>& fields);

/// Cuts the longest text of an event to half its length; returns false if it is already short.
bool shorten(std::string& message, std::vector<Field>& fields);

/// The fields of an error, in the order in which a reader needs them. Unless `full`, they contain nothing that may
/// quote data: no detail, no context, and at most 200 characters of the statement.
std::vector<Field> error_fields(const Error& error, bool full);

/// The error's message; unless `full`, the quoted values of class 22 (data exception) are masked. The host that was
/// connected to and the name of a setting are no values.
std::string error_message(const Error& error, bool full);

}  // namespace pge
