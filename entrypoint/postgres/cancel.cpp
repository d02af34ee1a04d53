#include "postgres/cancel.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <memory>

#include "core/patience.hpp"

namespace pge {

bool request_cancel(pg_conn* raw, StopToken& stop) {
  const std::unique_ptr<PGcancelConn, decltype(&PQcancelFinish)> cancel(PQcancelCreate(raw), PQcancelFinish);
  if (!cancel || PQcancelStart(cancel.get()) == 0) return false;
  const auto deadline = Clock::now() + patience::cancel_delivery;
  const int seen = stop.count();
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  for (; state == PGRES_POLLING_WRITING || state == PGRES_POLLING_READING; state = PQcancelPoll(cancel.get())) {
    const short events = state == PGRES_POLLING_WRITING ? POLLOUT : POLLIN;
    if (stop.wait(PQcancelSocket(cancel.get()), events, deadline, seen) != Woke::ready) return false;
  }
  return state == PGRES_POLLING_OK;
}

}  // namespace pge
