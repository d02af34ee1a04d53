#pragma once

#include <string>

#include "postgres/connection_settings.hpp"

namespace pge {

/// What to look at next when TLS, and nothing else, keeps us from a server that answers.

/// A file of ours is missing, unreadable, or no certificate or key.
std::string tls_file_hint(const ConnectionSettings& settings);
/// The server's certificate is not from a CA that we trust.
std::string tls_trust_hint(const ConnectionSettings& settings);
/// The server's certificate is another host's.
std::string tls_name_hint(const ConnectionSettings& settings);
/// The server does without TLS, and the settings do not.
std::string tls_off_hint(const ConnectionSettings& settings);
/// The server has ended the handshake by an alert.
std::string tls_alert_hint(const ConnectionSettings& settings);

}  // namespace pge
