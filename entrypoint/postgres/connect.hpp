#pragma once

#include <functional>
#include <string>

#include "core/error.hpp"
#include "core/events.hpp"
#include "core/stop.hpp"
#include "postgres/connection_settings.hpp"
#include "postgres/libpq_warnings.hpp"
#include "postgres/session.hpp"

namespace pge {

/// Makes the SQL of a query to send along with the first one (`Session::identify`), or an empty text.
using QueryAlong = std::function<std::string(const Session&)>;

/// One attempt: connect, and have a query answered. Blocks for at most `connect_timeout` per host (libpq's
/// connect_timeout, unless the settings have one). Of several hosts each is asked, also those behind one that refuses;
/// a refusal is waited for as long as another host is silent. A stop signal ends the process there, which is harmless
/// because nothing is locked yet. The error's SQLSTATE tells a refused login from a server that is starting up. An
/// error that neither `may_reconnect()` nor `is_transient()` is final; a refused login and a fault of TLS on the
/// server's side are transient. `warnings` keeps what libpq prints meanwhile; each is reported once. `along` may be
/// empty.
Result<Session> connect(const ConnectionSettings& settings, milliseconds connect_timeout, LibpqWarnings& warnings,
                        const QueryAlong& along, StopToken& stop, Events& events);

/// A second connection to where `session` is connected, for looking at it from outside. Asynchronous, because locks
/// are held here: nothing is waited for beyond `limit`, and a stop ends the wait and not the process.
Result<Session> connect_beside(const Session& session, ConnectionSettings settings, milliseconds limit, StopToken& stop,
                               Events& events);

/// The same, with settings that name the server itself.
Result<Session> connect_beside(const ConnectionSettings& settings, milliseconds limit, StopToken& stop, Events& events);

}  // namespace pge
