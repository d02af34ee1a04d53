#pragma once

#include <optional>
#include <string>

#include "core/error.hpp"
#include "postgres/own_statement.hpp"

namespace pge {

class Session;

/// The SQL expression for a digest of what `ALTER DATABASE … SET` and `ALTER ROLE … SET` have stored for sessions like
/// this one, in all their combinations. The server applies these settings at login and never again. The role is the one
/// that has logged in, because a file may change `session_user`.
std::string login_defaults_sql(const Session& session);

/// Fails with `Next::new_session` when these settings are other ones than at the session's login. Where the role may
/// not read them, nothing is checked.
Result<> check_login_defaults(Session& session);

/// The same for a pipeline, in a transaction: the statement fails, and the server runs nothing that was sent after it.
/// Nothing when the role may not read them.
std::optional<OwnStatement> login_defaults_proof(Session& session);

}  // namespace pge
