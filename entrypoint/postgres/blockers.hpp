#pragma once

#include "postgres/connection_settings.hpp"
#include "postgres/session.hpp"

namespace pge {

/// Say, through a second connection, whose locks `blocked` is waiting for: pid, application_name, address, state
/// and how long its transaction has been open. Silent when nobody blocks or when the connection cannot be had.
void report_blockers(Session& blocked, const ConnectionSettings& settings);

}  // namespace pge
