#include "postgres/advisory_lock.hpp"

#include <algorithm>
#include <format>

#include "core/redact.hpp"

namespace pge {
namespace {

constexpr seconds tell_every{10};

/// How pg_locks shows a bigint key: high half in classid, low half in objid, objsubid 1 (view pg_locks).
std::string locks_where(std::int64_t key) {
  const auto bits = static_cast<std::uint64_t>(key);
  return std::format(
      "l.locktype = 'advisory' and l.classid = {}::pg_catalog.oid and l.objid = {}::pg_catalog.oid and "
      "l.objsubid = 1 "
      "and l.granted and l.database = (select oid from pg_catalog.pg_database where datname = "
      "pg_catalog.current_database())",
      bits >> 32U, bits & 0xFFFF'FFFFU);
}

/// The first characters of a query. Masked before it is cut: half a URL is not recognised as one.
std::string beginning_of(const std::string& query) {
  constexpr std::size_t most = 60;
  std::string masked = Redactor()(query);
  std::size_t end = std::min(most, masked.size());
  while (end < masked.size() && end > 0 && (static_cast<unsigned char>(masked[end]) & 0xC0U) == 0x80U) --end;
  masked.resize(end);
  return masked;
}

Error lost_lock() {
  return {.code = ExitCode::migration_failed,
          .message = "the advisory lock is gone: a migration has released it",
          .hint =
              "remove DISCARD ALL and pg_advisory_unlock_all() from the migration; start again to go on. "
              "With a pooler "
              "in transaction mode: give MIGRATE_DATABASE_URL with the server's direct address"};
}

std::string holder_text(const std::vector<Field>& holder) {
  std::string text;
  for (const Field& field : holder) {
    const auto* number = std::get_if<std::int64_t>(&field.value);
    text += std::format("{}{} {}", text.empty() ? "" : ", ", field.key,
                        number != nullptr ? std::to_string(*number) : std::get<std::string>(field.value));
  }
  return text.empty() ? "nobody to be seen" : text;
}

/// Who holds the lock, for the log: pid, application_name, address, connected since, what it does.
Result<std::vector<Field>> lock_holder(Session& session, std::int64_t key) {
  auto rows = session.query(
      "select l.pid, coalesce(a.application_name, '?'), "
      "coalesce(pg_catalog.host(a.client_addr), 'local'), "
      "coalesce(pg_catalog.to_char(a.backend_start at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), "
      "'?'), "
      "coalesce(pg_catalog.regexp_replace(a.query, '\\s+', ' ', 'g'), ''), a.backend_start is "
      "null "
      "from pg_catalog.pg_locks l left join pg_catalog.pg_stat_activity a on a.pid = l.pid where " +
      locks_where(key));
  if (!rows) return std::unexpected(rows.error());
  std::vector<Field> fields;
  if (rows->empty()) return fields;
  fields.emplace_back("holder_pid", rows->integer(0, 0));
  if (rows->boolean(0, 5)) {
    fields.emplace_back("holder", "not visible to this role (grant pg_monitor)");
    return fields;
  }
  fields.emplace_back("holder", rows->text(0, 1));
  fields.emplace_back("address", rows->text(0, 2));
  fields.emplace_back("since", rows->text(0, 3));
  if (const std::string query = beginning_of(rows->text(0, 4)); !query.empty()) fields.emplace_back("query", query);
  return fields;
}

}  // namespace

Result<std::optional<AdvisoryLock>> AdvisoryLock::acquire(Session& session, std::int64_t key, const LockPolicy& policy,
                                                          const std::function<Result<bool>()>& still_needed) {
  Jitter jitter;
  const auto started = Clock::now();
  auto tell_at = started;
  for (unsigned attempt = 0;; ++attempt) {
    if (attempt > 0) {
      auto needed = still_needed();
      if (!needed) return std::unexpected(needed.error());
      if (!*needed) return std::nullopt;
    }
    auto got = session.query(std::format("select pg_catalog.pg_try_advisory_lock({})", key));
    if (!got) return std::unexpected(got.error());
    const auto now = Clock::now();
    if (got->boolean(0, 0)) {
      session.events().info("advisory lock acquired", {{"waited_ms", now - started}});
      return AdvisoryLock(session, key);
    }
    const bool expired = policy.timeout.count() > 0 && now - started >= policy.timeout;
    if (expired || now >= tell_at) {
      auto holder = lock_holder(session, key);
      if (!holder) return std::unexpected(holder.error());
      if (expired) {
        return fail({.code = ExitCode::gave_way,
                     .message = std::format("the advisory lock was not free within {} s; held by: {}",
                                            std::chrono::ceil<seconds>(policy.timeout).count(), holder_text(*holder)),
                     .hint = "another replica is migrating; --advisory-lock-timeout waits longer; "
                             "select pg_terminate_backend(PID) ends a holder that hangs"});
      }
      std::vector<Field> fields = *holder;
      fields.emplace_back("waited_ms", now - started);
      session.events().event(Level::info, "waiting for the advisory lock", fields);
      tell_at = now + tell_every;
    }
    if (auto slept = session.stop().pause(policy.backoff.pause(attempt, jitter())); !slept) {
      return std::unexpected(slept.error());
    }
  }
}

Result<> AdvisoryLock::verify() const {
  auto held = session_->query("select exists (select from pg_catalog.pg_locks l where " + locks_where(key_) +
                              " and l.pid = pg_catalog.pg_backend_pid())");
  if (!held) return std::unexpected(held.error());
  if (!held->boolean(0, 0)) return fail(lost_lock());
  return {};
}

Result<> AdvisoryLock::pin_to_transaction() const {
  auto pinned = session_->query(std::format("select pg_catalog.pg_try_advisory_xact_lock({})", key_));
  if (!pinned) return std::unexpected(pinned.error());
  if (!pinned->boolean(0, 0)) return fail(lost_lock());
  return {};
}

Result<> AdvisoryLock::release() {
  auto released = session_->query(std::format("select pg_catalog.pg_advisory_unlock({})", key_));
  if (!released) return std::unexpected(released.error());
  if (!released->boolean(0, 0)) return fail(lost_lock());
  return {};
}

}  // namespace pge
