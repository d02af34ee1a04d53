#pragma once

#include <libpq-fe.h>

#include <string>
#include <string_view>

#include "core/error.hpp"

namespace pge {

/// A failed result as an Error: message, SQLSTATE, detail, hint, context and position come as fields from libpq.
/// Exit code and what follows are those of `classify`.
Error result_error(const PGresult* result, std::string_view sql, During during);

/// libpq's message on one line, without the line ends and tabs of its hints.
std::string one_line_message(std::string_view message);

/// Who ends a session with this SQLSTATE, and what to do about it; empty when the code does not say.
std::string_view session_end_hint(std::string_view sqlstate) noexcept;

}  // namespace pge
