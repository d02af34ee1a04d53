#include "postgres/login_defaults.hpp"

#include <format>

#include "postgres/session.hpp"

namespace pge {

// A hash, because a setting may be a secret and its text has no place in our memory. md5() fails in FIPS mode.
std::string login_defaults_sql(const Session& session) {
  return std::format(
      "(select coalesce(pg_catalog.hashtextextended(pg_catalog.string_agg(pg_catalog.concat_ws(' ', s.setdatabase, "
      "s.setrole, s.setconfig), ' ' order by s.setdatabase, s.setrole), 0), 0) from pg_catalog.pg_db_role_setting s "
      "where s.setdatabase in (0, (select d.oid from pg_catalog.pg_database d where d.datname = "
      "pg_catalog.current_database())) and s.setrole in (0, (select r.oid from pg_catalog.pg_roles r where "
      "r.rolname = {})))",
      session.quote_literal(session.address().at("user")));
}

Result<> check_login_defaults(Session& session) {
  const std::string& at_login = session.server().login_defaults;
  if (at_login.empty()) return {};
  auto now = session.query("select " + login_defaults_sql(session));
  if (!now) return fail(now.error());
  if (now->text(0, 0) == at_login) return {};
  return fail({.code = ExitCode::gave_way,
               .message = "the settings of new sessions have changed since this session's login",
               .next = Next::new_session()});
}

}  // namespace pge
