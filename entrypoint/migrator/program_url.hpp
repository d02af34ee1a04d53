#pragma once

#include <string>

#include "config/settings.hpp"
#include "core/error.hpp"
#include "postgres/compose_url.hpp"

namespace pge {

/// The URL of `source` for a program: as it was spelled, with the scheme that was asked for, or composed of its parts;
/// empty where libpq's own variables say it all. Fails as `read_database`, `parse_connection_settings` and
/// `compose_url` do.
Result<std::string> url_for_program(const DatabaseSource& source, UrlReader reader);

}  // namespace pge
