#include "postgres/blockers.hpp"

#include <utility>

#include "postgres/connect.hpp"
#include "postgres/local_ports.hpp"

namespace pge {
namespace {

/// Who holds the locks that the sessions in `waiting` (pid) wait for.
constexpr const char* holders =
    "select a.pid, coalesce(a.application_name, '?'), case when a.backend_start is null then 'not visible (grant "
    "pg_monitor)' else coalesce(pg_catalog.host(a.client_addr), 'local') end, "
    "coalesce(a.state, '?'), coalesce(extract(epoch from pg_catalog.clock_timestamp() - a.xact_start)::bigint, 0) "
    "from pg_catalog.pg_stat_activity a where a.pid in (select b.pid from waiting, "
    "pg_catalog.unnest(pg_catalog.pg_blocking_pids(waiting.pid)) as b(pid)) "
    "and a.pid not in (select pid from waiting) order by a.xact_start, a.pid limit 5";

/// $1: since when, in seconds; $2: for how many milliseconds; $3: the ports that are open here. pg_locks has no
/// database for a lock on a transaction.
constexpr const char* waiting_from_here =
    "with own as (select client_addr, client_port = any ($3::integer[]) as port_is_known "
    "from pg_catalog.pg_stat_activity where pid = pg_catalog.pg_backend_pid()), "
    "waiting as materialized (select distinct l.pid from own, pg_catalog.pg_locks l "
    "join pg_catalog.pg_stat_activity a on a.pid = l.pid "
    "where not l.granted and a.datname = pg_catalog.current_database() "
    "and a.backend_start >= pg_catalog.to_timestamp($1::double precision) "
    "and a.client_addr is not distinct from own.client_addr "
    "and (a.client_port = any ($3::integer[]) or not own.port_is_known) "
    "and l.waitstart <= pg_catalog.clock_timestamp() - $2::integer * interval '1 millisecond') ";

void tell(Events& events, const Rows& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    events.warning("a migration is waiting for a lock", {{"holder_pid", rows.integer(i, 0)},
                                                         {"holder", rows.text(i, 1)},
                                                         {"address", rows.text(i, 2)},
                                                         {"state", rows.text(i, 3)},
                                                         {"transaction_s", rows.integer(i, 4)}});
  }
}

}  // namespace

void report_blockers(Session& blocked, const ConnectionSettings& settings) {
  Events& events = blocked.events();
  auto session = connect_beside(blocked, settings, patience::look_at_blockers, blocked.stop(), events);
  if (!session) return;
  auto rows = session->query(std::string("with waiting as (select $1::integer as pid) ") + holders,
                             {std::to_string(blocked.server().backend.pid)});
  if (rows) tell(events, *rows);
}

BlockerWatch::BlockerWatch(Session& ours, const ConnectionSettings& settings, milliseconds shortest, std::string since)
    : ours_(&ours), settings_(&settings), shortest_(shortest), since_(std::move(since)) {}

Result<BlockerWatch> BlockerWatch::begin(Session& ours, const ConnectionSettings& settings, milliseconds shortest) {
  auto now = ours.query("select extract(epoch from pg_catalog.clock_timestamp())");
  if (!now) return fail(now.error());
  return BlockerWatch(ours, settings, shortest, now->text(0, 0));
}

Result<> BlockerWatch::look() {
  auto somebody = ours_->query("select exists (select from pg_catalog.pg_locks where not granted)");
  if (!somebody) return fail(somebody.error());
  if (!somebody->boolean(0, 0)) return beside_.reset(), Result<>();
  if (!beside_) {
    auto opened = connect_beside(*ours_, *settings_, patience::look_at_blockers, ours_->stop(), ours_->events());
    if (!opened) return {};
    beside_.emplace(*std::move(opened));
  }
  std::string ports;
  for (const int port : local_ports()) ports += (ports.empty() ? "" : ",") + std::to_string(port);
  auto rows = beside_->query(std::string(waiting_from_here) + holders,
                             {since_, std::to_string(shortest_.count()), "{" + ports + "}"});
  if (!rows) return beside_.reset(), Result<>();
  if (rows->empty()) return {};
  std::string who;
  for (std::size_t i = 0; i < rows->size(); ++i) who += rows->text(i, 0) + " ";
  if (tell_.due(Clock::now(), who)) tell(ours_->events(), *rows);
  return {};
}

}  // namespace pge
