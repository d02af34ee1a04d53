#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "postgres/connection_settings.hpp"

namespace pge {

/// Who reads a URL.
enum class UrlReader : std::uint8_t {
  migrator,     ///< with a scheme of libpq's: it understands several hosts, and a socket
  application,  ///< no more than one host by TCP and a database can be expected of its driver
};

/// A URL, percent-encoded, that means what `settings` say. What such a URL cannot say is refused by name
/// (`configuration`): several hosts and a socket, and for a driver without libpq its parameters. `variable` names the
/// source in messages.
Result<std::string> compose_url(const ConnectionSettings& settings, std::string_view scheme, UrlReader reader,
                                std::string_view variable);

/// `url` with another scheme, and nothing else changed.
Result<std::string> with_scheme(std::string_view url, std::string_view scheme, std::string_view variable);

}  // namespace pge
