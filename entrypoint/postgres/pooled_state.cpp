#include "postgres/pooled_state.hpp"

#include <format>

namespace pge {
namespace {

/// The settings that SET has changed. Those of the transaction itself (transaction_isolation and its like) end with it.
constexpr const char* changed_settings =
    "s.source = 'session' and s.name not in ('transaction_isolation', 'transaction_read_only', "
    "'transaction_deferrable')";

Result<std::int64_t> count_advisory_locks(Session& session) {
  auto rows = session.query(
      "select count(*) from pg_catalog.pg_locks where locktype = 'advisory' and pid = pg_catalog.pg_backend_pid()");
  if (!rows) return fail(rows.error());
  return rows->integer(0, 0);
}

}  // namespace

Result<PooledState> PooledState::find(Session& session) {
  PooledState state;
  auto locks = count_advisory_locks(session);
  if (!locks) return fail(locks.error());
  state.advisory_locks_ = *locks;
  auto rows =
      session.query(std::format("select s.name, s.setting from pg_catalog.pg_settings s where {}", changed_settings));
  if (!rows) return fail(rows.error());
  state.settings_.reserve(rows->size());
  for (std::size_t i = 0; i < rows->size(); ++i) state.settings_.emplace_back(rows->text(i, 0), rows->text(i, 1));
  return state;
}

std::string PooledState::reset_sql() {
  // The pooler itself keeps application_name as we gave it.
  return std::format(
      "discard temp; select pg_catalog.set_config(s.name, null, true) from pg_catalog.pg_settings s "
      "where {} and s.context = 'user' and s.name <> 'application_name'; ",
      changed_settings);
}

Result<> PooledState::leave_behind(Session& session) const {
  // By itself, because the migration's own time-out is in force until then.
  if (auto unlimited = session.batch("set local statement_timeout to 0"); !unlimited) return unlimited;
  if (auto reset = session.batch("close all; unlisten *; discard temp; set session authorization default; reset role");
      !reset) {
    return reset;
  }
  // What the session gets is in force after COMMIT; until then the migration's own settings stay in force, for its
  // deferred triggers. A superuser's setting is touched only when it has changed: then this role may set it. Whether
  // the migration has set the others is not to be seen, because our SET LOCAL hides it.
  std::string was = "(null::pg_catalog.text, null::pg_catalog.text)";
  for (const auto& [name, value] : settings_) {
    was += std::format(", ({}, {})", session.quote_literal(name), session.quote_literal(value));
  }
  auto restored = session.query(
      std::format("select pg_catalog.set_config(s.name, was.value, false), "
                  "case when {0} then pg_catalog.set_config(s.name, s.setting, true) end from pg_catalog.pg_settings s "
                  "left join (values {1}) was(name, value) on was.name = s.name "
                  "where {2} and (s.context = 'user' or {0})",
                  "s.setting is distinct from coalesce(was.value, s.reset_val)", was, changed_settings));
  if (!restored) return fail(restored.error());
  // Those that the pooler itself has prepared for its clients are none of ours.
  auto prepared = session.query(
      "select coalesce(pg_catalog.string_agg(pg_catalog.format('deallocate %I', name), '; '), '') "
      "from pg_catalog.pg_prepared_statements where from_sql");
  if (!prepared) return fail(prepared.error());
  if (auto gone = session.batch(prepared->text(0, 0)); !gone) return gone;
  auto locks = count_advisory_locks(session);
  if (!locks) return fail(locks.error());
  if (*locks <= advisory_locks_) return {};
  return session.batch("select pg_catalog.pg_advisory_unlock_all()");
}

}  // namespace pge
