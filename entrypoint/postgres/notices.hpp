#pragma once

struct pg_result;

namespace pge {

/// Logs what the server says beside an answer (RAISE NOTICE, a warning). libpq calls it (PQsetNoticeReceiver); `events`
/// is an Events.
void report_notice(void* events, const pg_result* result);

}  // namespace pge
