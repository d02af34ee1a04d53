#include "postgres/blockers.hpp"

#include <string>

#include "core/patience.hpp"
#include "postgres/connect.hpp"

namespace pge {

void report_blockers(Session& blocked, const ConnectionSettings& settings) {
  Events& events = blocked.events();
  auto session = connect_beside(blocked, settings, patience::look_at_blockers, blocked.stop(), events);
  if (!session) return;
  auto rows = session->query(
      "select a.pid, coalesce(a.application_name, '?'), case when a.backend_start is null then 'not visible (grant "
      "pg_monitor)' else coalesce(pg_catalog.host(a.client_addr), 'local') end, "
      "coalesce(a.state, '?'), coalesce(extract(epoch from pg_catalog.clock_timestamp() - a.xact_start)::bigint, 0) "
      "from pg_catalog.unnest(pg_catalog.pg_blocking_pids($1::integer)) as b(pid) "
      "join pg_catalog.pg_stat_activity a on a.pid = b.pid order by a.xact_start limit 5",
      {std::to_string(blocked.server().backend.pid)});
  if (!rows) return;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    events.warning("a migration is waiting for a lock", {{"holder_pid", rows->integer(i, 0)},
                                                         {"holder", rows->text(i, 1)},
                                                         {"address", rows->text(i, 2)},
                                                         {"state", rows->text(i, 3)},
                                                         {"transaction_s", rows->integer(i, 4)}});
  }
}

}  // namespace pge
