#pragma once

#include <string>

#include "core/error.hpp"
#include "postgres/connection_settings.hpp"
#include "postgres/session.hpp"

namespace pge {

// A connection pooler between us and the server (ADR 10). In session mode it is invisible; in transaction mode each
// transaction may run in another server process; in statement mode there are no transactions.

/// Whether a pooler is proven to lead several clients to one server process: a second connection, made while this
/// session is open and idle, is answered by the process that answers this session. It is not made where the server sees
/// the same two ends of this session's connection as we do, so that there is nobody in between. False proves nothing:
/// the pool may have other idle connections, or the second connection failed. Fails only with the session itself.
Result<bool> proves_shared(Session& session, const ConnectionSettings& settings);

/// BEGIN through a pooler, in READ COMMITTED, and `settings` in it: SET LOCAL statements, each with its semicolon.
/// `access` is `read write`, or nothing. Fails with `configuration` for a pooler in statement mode.
Result<> begin_through_pooler(Session& session, const std::string& access, const std::string& settings);

}  // namespace pge
