#include "postgres/overseer.hpp"

#include <format>
#include <utility>

#include "core/patience.hpp"
#include "postgres/connect.hpp"

namespace pge {

Overseer::Overseer(Session& watched, ConnectionSettings settings, milliseconds longest)
    : settings_(std::move(settings)),
      backend_(watched.server().backend),
      synchronous_(watched.server().synchronous),
      longest_(longest),
      stop_(watched.stop()),
      events_(watched.events()) {
  for (const auto& [name, value] : watched.address()) settings_.parameters[name] = value;
}

Sighting Overseer::look() {
  return ask("null", patience::look_at_session);
}

Sighting Overseer::cancel() {
  return ask("pg_catalog.pg_cancel_backend(a.pid)", patience::cancel_delivery);
}

Sighting Overseer::ask(const std::string& action, milliseconds limit) {
  if (backend_.started.empty()) return Sighting::unseen;
  auto beside = connect_beside(settings_, limit, stop_, events_);
  if (!beside) return Sighting::unseen;
  auto rows = beside->query(std::format("select a.wait_event is not distinct from 'SyncRep', "
                                        "case when a.wait_event is distinct from 'SyncRep' then {} end "
                                        "from pg_catalog.pg_stat_get_activity($1::integer) a "
                                        "where a.backend_start = $2::timestamp with time zone",
                                        action),
                            {std::to_string(backend_.pid), backend_.started});
  if (!rows || rows->empty()) return Sighting::unseen;
  return rows->boolean(0, 0) ? Sighting::waits_for_standby : Sighting::at_work;
}

}  // namespace pge
