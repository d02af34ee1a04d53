#pragma once

#include "core/events.hpp"
#include "core/stop.hpp"
#include "postgres/connection_settings.hpp"

namespace pge {

/// Say, through a second connection, whose locks `backend_pid` is waiting for: pid, application_name, address, state
/// and how long its transaction has been open. Silent when nobody blocks or when the connection cannot be had.
void report_blockers(const ConnectionSettings& settings, int backend_pid, StopToken& stop, Events& events);

}  // namespace pge
