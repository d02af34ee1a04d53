#include "postgres/backend.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <format>
#include <system_error>

#include "core/patience.hpp"
#include "postgres/session.hpp"

namespace pge {

std::string backend_start_of(std::string_view epoch) {
  const std::size_t point = std::min(epoch.find('.'), epoch.size());
  std::int64_t whole = 0;
  if (std::from_chars(epoch.data(), epoch.data() + point, whole).ec != std::errc()) return {};
  const std::string micros = std::format("{:0<6}", epoch.substr(std::min(point + 1, epoch.size())));
  return std::format("{:%F %T}.{}+00", std::chrono::sys_seconds(seconds(whole)), micros);
}

Result<bool> is_alive(Session& session, const Backend& backend) {
  // The role that was assumed by --role need not see the login role's sessions. A turn through a pooler has a
  // transaction already, and keeps it.
  const bool inside = session.in_transaction();
  auto begun = session.batch(inside ? "savepoint look; set local role none" : "begin; set local role none");
  if (!begun) return fail(begun.error());
  // The database of every backend can be seen, and a session never changes its database.
  auto rows = session.query(
      "select exists (select from pg_catalog.pg_stat_get_activity($1::integer) a "
      "where a.datid = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()) "
      "and (a.backend_start = $2::timestamp with time zone or (a.backend_start is null "
      "and $2::timestamp with time zone >= pg_catalog.pg_postmaster_start_time())))",
      {std::to_string(backend.pid), backend.started});
  if (!inside) {
    session.rollback();
  } else if (auto undone = session.batch("rollback to savepoint look; release savepoint look"); !undone) {
    return fail(undone.error());
  }
  if (!rows) return fail(rows.error());
  return rows->boolean(0, 0);
}

Result<bool> end_backend(Session& session, const Backend& backend) {
  auto rows = session.query(
      std::format("select pg_catalog.pg_terminate_backend(a.pid, {}) "
                  "from pg_catalog.pg_stat_get_activity($1::integer) a "
                  "where a.backend_start = $2::timestamp with time zone and a.wait_event is distinct from 'SyncRep' "
                  "and (pg_catalog.current_setting('synchronous_standby_names') = '' or a.state like 'idle%' "
                  "or a.wait_event_type in ('Lock', 'Client'))",
                  patience::lost_session_end.count()),
      {std::to_string(backend.pid), backend.started});
  if (!rows) return fail(rows.error());
  return !rows->empty() && rows->boolean(0, 0);
}

}  // namespace pge
