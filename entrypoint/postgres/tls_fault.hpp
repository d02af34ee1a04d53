#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "postgres/connection_settings.hpp"

namespace pge {

/// Why TLS, and nothing else, keeps us from a server that answers.
struct TlsFault {
  bool local = false;  ///< a file of ours: another attempt finds it as it is
  std::string hint;    ///< what to look at next
};

/// Judges libpq's message of a failed connection by its last attempt; nothing when that failed for another reason. A
/// handshake that broke off (the server went away) is another reason.
std::optional<TlsFault> find_tls_fault(std::string_view message, const ConnectionSettings& settings);

}  // namespace pge
