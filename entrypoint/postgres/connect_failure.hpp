#pragma once

#include <string>
#include <string_view>

#include "core/error.hpp"
#include "postgres/connection_settings.hpp"

namespace pge {

/// libpq's message of a failed connection as an Error: where there is no SQLSTATE, the text is all that can be judged.
/// `configuration` when our settings or TLS keep us from the server: final, or transient where the cause is on the
/// server's side; `refused` and transient when a password is missing. Else `unavailable`, and connecting again may
/// help.
Error connect_failure(std::string_view message, const ConnectionSettings& settings);

/// A server's or pooler's answer to the login, or to the first query: `error` has its SQLSTATE and message. The result
/// has the exit code, the hint, and whether to try again.
Error server_refusal(Error error, const ConnectionSettings& settings);

/// The refusal of one host of several, while another one has not answered or is not ready. That one may have what this
/// one lacks (a standby that was cut off does not know the latest databases and passwords), so it is waited for.
Error refused_by_one(Error refusal);

/// A hint that speaks of the URL, as it fits the way in which the database was given: by parts there is no URL, but an
/// option, and nothing to be spelled as in parentheses behind "the URL".
std::string fit_to_source(std::string hint, const ConnectionSettings& settings);

/// Whether a server has refused the connection, which has an SQLSTATE then. libpq writes "failed: SEVERITY:  text" (two
/// spaces, whatever the server's language) for its answer.
bool server_answered(std::string_view message) noexcept;

}  // namespace pge
