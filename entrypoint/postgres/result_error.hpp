#pragma once

#include <libpq-fe.h>

#include <string>
#include <string_view>

#include "core/error.hpp"

namespace pge {

/// A failed result as an Error: message, SQLSTATE, detail, hint, context and position come as fields from libpq.
/// The exit code follows the SQLSTATE's class: 42501 and 28xxx refused, 55P03, 40P01 and 40001 gave way, else
/// migration_failed. (PostgreSQL manual, appendix A.)
Error result_error(const PGresult* result, std::string_view sql);

/// libpq's message on one line, without the line ends and tabs of its hints.
std::string one_line_message(std::string_view message);

}  // namespace pge
