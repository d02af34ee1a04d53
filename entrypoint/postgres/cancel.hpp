#pragma once

#include "core/stop.hpp"

struct pg_conn;  // NOLINT(readability-identifier-naming)

namespace pge {

/// Ask the server to cancel the running statement, without blocking for longer than `patience::cancel_delivery` (a
/// black hole would). True when the server has taken the request.
bool request_cancel(pg_conn* raw, StopToken& stop);

}  // namespace pge
