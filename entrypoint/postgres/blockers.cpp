#include "postgres/blockers.hpp"

#include <format>
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

/// The prepared transactions among them, which have no pid. Each has the lock on its own number; by its virtual
/// transaction that leads to the other locks. The table of conflicts is that of the manual, chapter "Explicit Locking",
/// in the order of the modes' array.
constexpr const char* prepared_holders =
    ", mode as (select name, number from pg_catalog.unnest('{AccessShareLock,RowShareLock,RowExclusiveLock,"
    "ShareUpdateExclusiveLock,ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'::text[]) "
    "with ordinality as m(name, number)) "
    "select distinct p.gid, p.owner::text, p.database::text, "
    "extract(epoch from pg_catalog.clock_timestamp() - p.prepared)::bigint "
    "from waiting join pg_catalog.pg_locks w on w.pid = waiting.pid and not w.granted "
    "join pg_catalog.pg_locks h on h.granted and h.pid is null and "
    "(h.locktype, h.database, h.relation, h.page, h.tuple, h.virtualxid, h.transactionid, h.classid, h.objid, "
    "h.objsubid) "
    "is not distinct from "
    "(w.locktype, w.database, w.relation, w.page, w.tuple, w.virtualxid, w.transactionid, w.classid, w.objid, "
    "w.objsubid) "
    "join mode wm on wm.name = w.mode join mode hm on hm.name = h.mode "
    "join pg_catalog.pg_locks own on own.pid is null and own.locktype = 'transactionid' and "
    "own.virtualtransaction = h.virtualtransaction "
    "join pg_catalog.pg_prepared_xacts p on p.transaction = own.transactionid "
    "where pg_catalog.substr(('{00000001,00000011,00001111,00011111,00110111,00111111,01111111,11111111}'::text[])"
    "[wm.number], hm.number::integer, 1) = '1' order by 1 limit 5";

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

struct Blockers {
  Rows sessions;
  Rows prepared;
};

/// `waiting` is the SQL that begins the query.
Result<Blockers> find_blockers(Session& beside, const std::string& waiting,
                               const std::vector<std::string>& parameters) {
  auto sessions = beside.query(waiting + holders, parameters);
  if (!sessions) return fail(sessions.error());
  auto prepared = beside.query(waiting + prepared_holders, parameters);
  if (!prepared) return fail(prepared.error());
  return Blockers{*std::move(sessions), *std::move(prepared)};
}

void tell(Session& beside, const Blockers& found) {
  Events& events = beside.events();
  for (std::size_t i = 0; i < found.prepared.size(); ++i) {
    const std::string gid = found.prepared.text(i, 0);
    const std::string quoted = beside.quote_literal(gid);
    events.warning(
        "a migration is waiting for a lock of a prepared transaction",
        {{"gid", gid},
         {"owner", found.prepared.text(i, 1)},
         {"database", found.prepared.text(i, 2)},
         {"prepared_s", found.prepared.integer(i, 3)},
         {"hint",
          std::format("in that database, as its owner: COMMIT PREPARED {0}; or ROLLBACK PREPARED {0};", quoted)}});
  }
  const Rows& rows = found.sessions;
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
  auto found = find_blockers(*session, "with waiting as (select $1::integer as pid) ",
                             {std::to_string(blocked.server().backend.pid)});
  if (found) tell(*session, *found);
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
  auto found =
      find_blockers(*beside_, waiting_from_here, {since_, std::to_string(shortest_.count()), "{" + ports + "}"});
  if (!found) return beside_.reset(), Result<>();
  std::string who;
  for (const Rows* rows : {&found->sessions, &found->prepared}) {
    for (std::size_t i = 0; i < rows->size(); ++i) who += rows->text(i, 0) + " ";
  }
  if (!who.empty() && tell_.due(Clock::now(), who)) tell(*beside_, *found);
  return {};
}

}  // namespace pge
