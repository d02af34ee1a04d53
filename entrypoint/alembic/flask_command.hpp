#pragma once

#include <optional>
#include <span>
#include <string>

#include "alembic/alembic_command.hpp"

namespace pge {

/// Read the words behind `flask` as click does: `[--app x] db upgrade [-d DIR] [head]`. Nothing when they are no
/// `flask db`. Without -d the folder is "migrations", Flask-Migrate's default.
std::optional<AlembicCommand> parse_flask_command(std::span<const std::string> words);

}  // namespace pge
