#pragma once

#include "postgres/connection_settings.hpp"
#include "postgres/session.hpp"

namespace pge {

/// Logs, through a second connection, the sessions whose locks `blocked` is waiting for: pid, application_name,
/// address, state and how long the transaction has been open. Does nothing if nobody blocks or if the connection cannot
/// be opened.
void report_blockers(Session& blocked, const ConnectionSettings& settings);

}  // namespace pge
