#include "postgres/login_defaults.hpp"

#include <format>
#include <string_view>
#include <utility>

#include "core/strings.hpp"
#include "postgres/session.hpp"

namespace pge {
namespace {

Error changed_since_login() {
  return {.code = ExitCode::gave_way,
          .message = "the settings of new sessions have changed since this session's login",
          .next = Next::new_session()};
}

// A hash, because a setting may be a secret and its text has no place in our memory. md5() fails in FIPS mode.
constexpr std::string_view digest =
    "coalesce(pg_catalog.hashtextextended(pg_catalog.string_agg(pg_catalog.concat_ws(' ', s.setdatabase, s.setrole, "
    "s.setconfig), ' ' order by s.setdatabase, s.setrole), 0), 0)";

constexpr std::string_view this_database =
    "(select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())";

std::string login_role(const Session& session) {
  return std::format("(select r.oid from pg_catalog.pg_roles r where r.rolname = {})",
                     session.quote_literal(session.address().at("user")));
}

std::string from_settings(std::string_view database, std::string_view role) {
  return std::format("from pg_catalog.pg_db_role_setting s where s.setdatabase in (0, {}) and s.setrole in (0, {})",
                     database, role);
}

}  // namespace

std::string login_defaults_sql(const Session& session) {
  return std::format("(select {} {})", digest, from_settings(this_database, login_role(session)));
}

Result<> check_login_defaults(Session& session) {
  const std::string& at_login = session.server().login_defaults;
  if (at_login.empty()) return {};
  auto now = session.query("select " + login_defaults_sql(session));
  if (!now) return fail(now.error());
  return now->text(0, 0) == at_login ? Result<>() : fail(changed_since_login());
}

// To look database and role up by name takes the server longer than the rest, so that is done once.
std::optional<OwnStatement> login_defaults_proof(Session& session) {
  if (session.server().login_defaults.empty()) return std::nullopt;
  const auto& known = session.login_scope();
  const std::string database = known ? known->database : std::string(this_database);
  const std::string role = known ? known->role : login_role(session);
  const std::string found = known ? "''" : std::format("pg_catalog.concat_ws(' ', {}, {})", database, role);
  return OwnStatement{
      .sql = std::format("select case when {} = $1::bigint then {} else pg_catalog.concat('pg-entrypoint: process ', "
                         "pg_catalog.pg_backend_pid(), ' was started with other settings')::pg_catalog.int4::text end "
                         "{}",
                         digest, found, from_settings(database, role)),
      .parameters = {session.server().login_defaults},
      .judge = [&session](Result<Rows> answer) -> Result<> {
        if (!answer) {
          return fail(answer.error().is_sqlstate("22P02") ? changed_since_login() : std::move(answer.error()));
        }
        const auto words = split(answer->text(0, 0), " ");
        if (words.size() == 2) session.keep_login_scope({.database = words[0], .role = words[1]});
        return {};
      }};
}

}  // namespace pge
