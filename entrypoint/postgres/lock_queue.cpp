#include "postgres/lock_queue.hpp"

#include <format>
#include <string>
#include <utility>
#include <vector>

namespace pge {
namespace {

constexpr std::size_t longest_query = 60;

std::string holder_text(const std::vector<Field>& holder, const Events& events) {
  std::string text;
  for (const Field& field : holder) {
    text += std::format("{}{} {}", text.empty() ? "" : ", ", field.key, events.shown(field));
  }
  return text.empty() ? "unknown (not visible to this role)" : text;
}

struct Description {
  std::vector<Field> fields;
  bool waits_for_standby = false;
};

constexpr const char* migrating_hint =
    "another replica is migrating; raise --advisory-lock-timeout to wait longer; select pg_terminate_backend(PID) ends "
    "a holder that hangs";
constexpr const char* standby_hint =
    "its COMMIT is done on this server and waits for a synchronous standby: bring the standby back, or take its name "
    "out of synchronous_standby_names and reload the server; do not end the session: that would make the transaction "
    "valid on this server only";

/// Who is in the way, for the log: pid, application_name, address, connected since, what it does. `pids` is a query for
/// the pid.
Result<Description> describe_session(Session& session, const std::string& pids) {
  auto rows = session.query(std::format(
      "select h.pid, coalesce(a.application_name, '?'), coalesce(pg_catalog.host(a.client_addr), 'local'), "
      "coalesce(pg_catalog.to_char(a.backend_start at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), '?'), "
      "coalesce(pg_catalog.regexp_replace(a.query, '\\s+', ' ', 'g'), ''), a.backend_start is null, "
      "a.wait_event is not distinct from 'SyncRep' "
      "from ({}) h left join pg_catalog.pg_stat_activity a on a.pid = h.pid",
      pids));
  if (!rows) return fail(rows.error());
  Description who;
  std::vector<Field>& fields = who.fields;
  if (rows->empty()) return who;
  fields.emplace_back("holder_pid", rows->integer(0, 0));
  if (rows->boolean(0, 5)) {
    // Of other roles' sessions the name can be seen, and nothing else.
    const std::string name = rows->text(0, 1);
    fields.emplace_back("holder", name == "?" ? "not visible to this role (grant pg_monitor)" : name);
    return who;
  }
  fields.emplace_back("holder", rows->text(0, 1));
  fields.emplace_back("address", rows->text(0, 2));
  fields.emplace_back("since", rows->text(0, 3));
  if (std::string query = rows->text(0, 4); !query.empty()) {
    fields.push_back(Field::sql("query", std::move(query), longest_query));
  }
  who.waits_for_standby = rows->boolean(0, 6);
  if (who.waits_for_standby) {
    fields.emplace_back("wait_event", "SyncRep");
    fields.emplace_back("setting", "synchronous_standby_names");
  }
  return who;
}

std::string holders_where(std::int64_t key) {
  return "select l.pid from pg_catalog.pg_locks l where " + locks_where(key);
}

}  // namespace

Result<std::vector<Field>> describe_lock_holder(Session& session, std::int64_t key) {
  auto who = describe_session(session, holders_where(key));
  if (!who) return fail(who.error());
  return std::move(who->fields);
}

Result<bool> LockQueue::seems_free() {
  auto rows = session_.query("select not exists (" + holders_where(key_) + ")");
  if (!rows) return fail(rows.error());
  return rows->boolean(0, 0);
}

Result<std::optional<AdvisoryLock>> LockQueue::try_lock(std::vector<Query> next) {
  return AdvisoryLock::try_acquire(session_, key_, std::move(next));
}

void LockQueue::acquired() {
  session_.events().info("advisory lock acquired", {{"waited_ms", wait_.waited(Clock::now())}});
  wait_.reset();
}

Result<> LockQueue::pause(const std::optional<Worker>& worker) {
  const auto now = Clock::now();
  const bool expired = wait_.is_over(now);
  if (expired || wait_.tells(now, worker ? worker->migration : "")) {
    if (auto told = report(worker, expired); !told) return told;
  }
  const auto rest = wait_.rest(now, jitter_());
  if (!rest.without_session) return session_.stop().pause(rest.length);
  return fail(
      {.code = ExitCode::gave_way, .message = "somebody else has the advisory lock", .next = Next::come_back()});
}

Result<> LockQueue::report(const std::optional<Worker>& worker, bool expired) {
  auto who =
      describe_session(session_, worker ? std::format("select {} as pid", worker->backend.pid) : holders_where(key_));
  if (!who) return fail(who.error());
  if (expired) {
    const auto waited = std::chrono::ceil<seconds>(wait_.timeout()).count();
    const std::string holder = holder_text(who->fields, session_.events());
    return fail(
        {.code = ExitCode::gave_way,
         .message = worker ? std::format("a step of {} was not finished within {} s by a session that gave the "
                                         "advisory lock away: {}",
                                         worker->migration, waited, holder)
                           : std::format("the advisory lock was not free within {} s; held by: {}", waited, holder),
         .hint = who->waits_for_standby ? standby_hint : migrating_hint});
  }
  std::vector<Field> fields = std::move(who->fields);
  fields.emplace_back("waited_ms", wait_.waited(Clock::now()));
  if (worker) {
    fields.emplace(fields.begin(), "name", worker->migration);
    session_.events().event(Level::info, "waiting for a session that works without the advisory lock", fields);
  } else {
    session_.events().event(Level::info, "waiting for the advisory lock", fields);
  }
  return {};
}

}  // namespace pge
