#pragma once

#include <string_view>

#include "core/error.hpp"

namespace pge {

/// What should have been replaced before it came here, or was put in front of the value: ${DB_HOST} and $(DB_HOST) that
/// nobody has filled in, and "DATABASE_URL=postgresql://…" as the value of DATABASE_URL. Each is `configuration`.
Result<> check_placeholders(std::string_view text, std::string_view variable);

}  // namespace pge
