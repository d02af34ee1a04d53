#pragma once

#include <string_view>

#include "core/error.hpp"

namespace pge {

/// Whether something accepts a connection at "HOST:PORT" ("[::1]:8000" for IPv6), within `patience::probe`. "localhost"
/// needs neither DNS nor /etc/hosts. Errors: usage (no address); unavailable, with the reason as its message.
Result<> probe_tcp(std::string_view address);

/// Whether a GET of "URL" is answered with a status from 200 to 399, or that of "URL=STATUS" with this one: three
/// digits at the end. No redirection is followed. Errors: usage (no http:// URL); unavailable.
Result<> probe_http(std::string_view url);

}  // namespace pge
