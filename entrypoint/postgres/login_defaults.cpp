#include "postgres/login_defaults.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <format>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "core/strings.hpp"
#include "postgres/session.hpp"

namespace pge {
namespace {

Error changed_since_login() {
  return {.code = ExitCode::gave_way,
          .message = "the settings of new sessions have changed since this session's login",
          .next = Next::new_session()};
}

/// Of a proof: its cast has failed.
Error explained(Error error) {
  return error.is_sqlstate("22P02") ? changed_since_login() : std::move(error);
}

constexpr std::size_t most_rows = 100;

/// Of a row `s`. A hash, because a setting may be a secret and its text has no place in our memory. md5() fails in FIPS
/// mode.
constexpr const char* hash_of_row = "pg_catalog.hashtextextended(s.setconfig::pg_catalog.text, 0)";

/// In front of the digest, so that one of no settings is not empty.
constexpr const char* heading = "of: ";

/// The same as `read_login_defaults` makes, of the rows that `from_settings` finds.
std::string digest() {
  return std::format(
      "('{}' || coalesce(pg_catalog.string_agg(pg_catalog.concat_ws(' ', s.setdatabase, s.setrole, {}), ', ' "
      "order by s.setdatabase, s.setrole), ''))",
      heading, hash_of_row);
}

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

/// For a login that has had none: the cast fails for each row there is by now. The server's message has no setting in
/// it, which may be a secret.
OwnStatement proof_of_no_settings(const Session::LoginScope& scope) {
  return {.sql = std::format("select pg_catalog.concat('pg-entrypoint: process ', pg_catalog.pg_backend_pid(), "
                             "' was started without settings')::pg_catalog.int4 {}",
                             from_settings(scope.database, scope.role)),
          .judge = [](Result<Rows> answer) { return answer ? Result<>() : fail(explained(std::move(answer.error()))); },
          .repeated = true};
}

}  // namespace

std::string all_login_defaults_sql() {
  return std::format("select s.setdatabase, s.setrole, {} from pg_catalog.pg_db_role_setting s limit {}", hash_of_row,
                     most_rows);
}

std::string read_login_defaults(const Rows& rows, const std::string& database, const std::string& role) {
  if (rows.size() >= most_rows) return {};
  std::vector<std::tuple<std::int64_t, std::int64_t, std::string>> found;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto concerns = [&](std::size_t column, const std::string& own) {
      const std::string oid = rows.text(i, column);
      return oid == "0" || oid == own;
    };
    if (concerns(0, database) && concerns(1, role)) {
      found.emplace_back(rows.integer(i, 0), rows.integer(i, 1), rows.text(i, 2));
    }
  }
  std::ranges::sort(found);
  std::vector<std::string> lines;
  lines.reserve(found.size());
  for (const auto& [of_database, of_role, hash] : found)
    lines.push_back(std::format("{} {} {}", of_database, of_role, hash));
  return heading + joined(lines);
}

std::string login_defaults_sql(const Session& session) {
  return std::format("(select {} {})", digest(), from_settings(this_database, login_role(session)));
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
  if (known && session.server().login_defaults == heading) return proof_of_no_settings(*known);
  const std::string database = known ? known->database : std::string(this_database);
  const std::string role = known ? known->role : login_role(session);
  const std::string found = known ? "''" : std::format("pg_catalog.concat_ws(' ', {}, {})", database, role);
  return OwnStatement{
      .sql = std::format(
          "select case when {} = $1::pg_catalog.text then {} else pg_catalog.concat('pg-entrypoint: process ', "
          "pg_catalog.pg_backend_pid(), ' was started with other settings')::pg_catalog.int4::text end "
          "{}",
          digest(), found, from_settings(database, role)),
      .parameters = {session.server().login_defaults},
      .judge = [&session](Result<Rows> answer) -> Result<> {
        if (!answer) return fail(explained(std::move(answer.error())));
        const auto words = split(answer->text(0, 0), " ");
        if (words.size() == 2) session.keep_login_scope({.database = words[0], .role = words[1]});
        return {};
      },
      .repeated = known.has_value()};
}

}  // namespace pge
