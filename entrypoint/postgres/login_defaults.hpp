#pragma once

#include <optional>
#include <string>

#include "core/error.hpp"
#include "postgres/own_statement.hpp"
#include "postgres/rows.hpp"

namespace pge {

class Session;

// What `ALTER DATABASE … SET` and `ALTER ROLE … SET` have stored for sessions like this one, in all their combinations.
// The server applies these settings at login and never again. The role is the one that has logged in, because a file
// may change `session_user`.

/// A query for `read_login_defaults`. It asks for the settings of every database and role, because a condition takes
/// the server longer to plan than a few rows take to send; but for no more than it is worth.
std::string all_login_defaults_sql();

/// A digest of those that concern this database and this login role, by their OIDs, out of the rows of
/// `all_login_defaults_sql`; empty: there may be more rows than were asked for.
std::string read_login_defaults(const Rows& rows, const std::string& database, const std::string& role);

/// The SQL expression for the same digest.
std::string login_defaults_sql(const Session& session);

/// Fails with `Next::new_session` when these settings are other ones than at the session's login. Where the role may
/// not read them, nothing is checked.
Result<> check_login_defaults(Session& session);

/// The same for a pipeline, in a transaction: the statement fails, and the server runs nothing that was sent after it.
/// Nothing when the role may not read them.
std::optional<OwnStatement> login_defaults_proof(Session& session);

}  // namespace pge
