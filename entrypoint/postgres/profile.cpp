#include "postgres/profile.hpp"

#include <algorithm>
#include <format>
#include <iterator>
#include <utility>

#include "postgres/pooler.hpp"
#include "postgres/prepared.hpp"

namespace pge {
namespace {

constexpr ServerSetting all_safety_settings[] = {
    client_check,
    {"tcp_keepalives_idle", "10", "5"},
    {"tcp_keepalives_interval", "5"},
    {"tcp_keepalives_count", "3", "2"},
    {"tcp_user_timeout", "30000", "15000"},
    {"idle_session_timeout", "0"},
    {"idle_in_transaction_session_timeout", "0"},
    {.name = "transaction_timeout", .value = "0", .since = 170000},
};

std::vector<ServerSetting> safety_settings_of(const ServerInfo& server) {
  std::vector<ServerSetting> known;
  std::ranges::copy_if(all_safety_settings, std::back_inserter(known),
                       [&](const ServerSetting& one) { return one.since <= server.version; });
  return known;
}

std::string identity(const Session& session, const ProfileSettings& settings) {
  std::string sql = "set session authorization default; reset role; ";
  if (!settings.role.empty()) sql += std::format("set role {}; ", session.quote_identifier(settings.role));
  return sql + "set client_encoding to 'UTF8'; ";
}

/// What to do about a role that cannot be assumed.
Result<> explained(Result<> done, const ProfileSettings& settings) {
  if (done || settings.role.empty()) return done;
  Error error = done.error();
  if (error.is_sqlstate("22023")) {
    error.code = ExitCode::refused;
    error.hint = std::format("--role {}: create the role, or correct its name", settings.role);
  } else if (error.is_sqlstate("42501")) {
    error.code = ExitCode::refused;
    error.hint = std::format("grant {} to the login role, so that it may SET ROLE", settings.role);
  }
  return fail(std::move(error));
}

}  // namespace

std::span<const ServerSetting> safety_settings() noexcept {
  return all_safety_settings;
}

Result<> SessionProfile::choose_safety(Session& session) {
  if (chosen_) return {};
  // Only for the statement itself, so that a server connection of a pooler keeps its own settings.
  const auto attempt = [](const ServerSetting& setting) {
    return std::format("select pg_catalog.set_config('{}', '{}', true);", setting.name, setting.value);
  };
  const auto known = safety_settings_of(session.server());
  std::string all_of_them;
  for (const ServerSetting& setting : known) all_of_them += attempt(setting);
  const auto all = session.batch(all_of_them);
  if (!all && (session.closed() || all.error().is_stop())) return all;
  safety_.clear();
  if (all) safety_ = known;
  chosen_ = all.has_value();
  if (chosen_) return {};
  for (const ServerSetting& setting : known) {
    auto done = session.batch(attempt(setting));
    if (done) safety_.push_back(setting);
    if (!done && (session.closed() || done.error().is_stop())) return done;
  }
  chosen_ = true;
  return {};
}

Result<> SessionProfile::assume_role(Session& session) const {
  if (settings_.role.empty()) return {};
  return explained(session.batch(std::format("set role {}", session.quote_identifier(settings_.role))), settings_);
}

Result<> SessionProfile::begin(Session& session, const std::string& access) const {
  if (session.closed()) return session.batch("");
  const std::string role =
      settings_.role.empty() ? "" : std::format("set local role {}; ", session.quote_identifier(settings_.role));
  return explained(begin_through_pooler(session, access, role), settings_);
}

/// The settings, each as a statement that begins with `set`: SET or SET LOCAL.
std::string SessionProfile::settings_of(const Session& session, std::string_view set) const {
  std::string sql;
  for (const ServerSetting& one : safety_) {
    sql += std::format("select pg_catalog.set_config('{}', '{}', {}); ", one.name, one.value, set != "set");
  }
  sql += std::format("{0} standard_conforming_strings to on; {0} lock_timeout to {1}; {0} statement_timeout to {2}; ",
                     set, settings_.lock_timeout.count(), settings_.statement_timeout.count());
  // The list is the user's own SQL, as they would write it after SET search_path TO.
  if (!settings_.search_path.empty()) {
    sql += std::format("select pg_catalog.set_config('search_path', {}, {}); ",
                       session.quote_literal(settings_.search_path), set != "set");
  }
  return sql;
}

std::string SessionProfile::local_identity(const Session& session) const {
  const std::string role = settings_.role.empty() ? "default" : session.quote_identifier(settings_.role);
  return std::format(
      "set local session authorization default; set local role to {}; "
      "set local client_encoding to 'UTF8'; ",
      role);
}

Result<> SessionProfile::apply(Session& session) {
  if (session.closed()) return session.batch("");  // fails because the session is closed
  if (settings_.scope == ProfileScope::session) return apply_to_session(session);
  auto found = PooledState::find(session);
  if (!found) return fail(found.error());
  found_ = *std::move(found);
  return explained(
      session.batch(PooledState::reset_sql() + local_identity(session) + settings_of(session, "set local")), settings_);
}

/// Nearly every server accepts all settings that it knows, so that is tried first: to find out which it accepts takes
/// messages of its own.
Result<> SessionProfile::apply_to_session(Session& session) {
  if (!chosen_) {
    safety_ = safety_settings_of(session.server());
    const auto all = set_for_session(session);
    chosen_ = all.has_value();
    if (all || session.closed() || all.error().is_stop()) return all;
    if (auto chosen = choose_safety(session); !chosen) return chosen;
  }
  return set_for_session(session);
}

Result<> SessionProfile::set_for_session(Session& session) const {
  session.prepared().forget();
  const std::string sql =
      "close all; set session authorization default; reset role; reset all; deallocate all; unlisten *; "
      "discard plans; discard temp; discard sequences; " +
      identity(session, settings_) +
      "set default_transaction_isolation to 'read committed'; set default_transaction_read_only to off; "
      "set default_transaction_deferrable to off; " +
      settings_of(session, "set");
  return explained(session.batch(sql), settings_);
}

Result<> SessionProfile::restore_identity(Session& session) {
  if (session.closed()) return session.batch("");
  if (settings_.scope == ProfileScope::session) {
    // Not SET LOCAL: what is asked between two parts must not run into a time-out that the part has left, either.
    return session.batch(identity(session, settings_) +
                         "set statement_timeout to 0; set lock_timeout to 0; unlisten *");
  }
  if (auto left = found_.leave_behind(session); !left) return left;
  return restore_identity_locally(session);
}

Result<> SessionProfile::restore_identity_locally(Session& session) {
  if (session.closed()) return session.batch("");
  return session.batch(local_identity(session) + "set local statement_timeout to 0; set local lock_timeout to 0");
}

std::vector<OwnStatement> SessionProfile::own_identity(const Session& session) const {
  std::vector<OwnStatement> all{{.sql = "set session authorization default"}, {.sql = "reset role"}};
  if (!settings_.role.empty()) {
    all.push_back({.sql = std::format("set role {}", session.quote_identifier(settings_.role)),
                   .judge = [this](Result<Rows> answer) {
                     return explained(answer ? Result<>() : fail(std::move(answer.error())), settings_);
                   }});
  }
  return all;
}

std::vector<OwnStatement> SessionProfile::statements(Session& session, milliseconds lock_timeout) const {
  std::vector<OwnStatement> all = own_identity(session);
  for (const char* sql : {"close all", "reset all", "discard temp", "discard sequences"}) all.push_back({.sql = sql});
  // Where the server keeps statements of ours, those of a migration are looked for instead. Its plans are no state that
  // a migration could see.
  if (!session.prepared().keeps()) all.insert(all.end(), {{.sql = "deallocate all"}, {.sql = "discard plans"}});
  std::vector<std::pair<std::string_view, std::string>> values{{"client_encoding", "UTF8"}};
  for (const ServerSetting& one : safety_) values.emplace_back(one.name, one.value);
  values.insert(values.end(), {{"default_transaction_isolation", "read committed"},
                               {"default_transaction_read_only", "off"},
                               {"default_transaction_deferrable", "off"},
                               {"standard_conforming_strings", "on"},
                               {"lock_timeout", std::to_string(lock_timeout.count())},
                               {"statement_timeout", std::to_string(settings_.statement_timeout.count())}});
  // One statement costs the server a third of what as many SET do. Who may not call the function has no safety
  // settings.
  OwnStatement by_function;
  for (const auto& [name, value] : values) {
    by_function.sql += std::format("{} pg_catalog.set_config('{}', '{}', false)",
                                   by_function.sql.empty() ? "select" : ",", name, value);
    if (safety_.empty()) all.push_back({.sql = std::format("set {} to '{}'", name, value)});
  }
  by_function.repeated = true;
  if (!safety_.empty()) all.push_back(std::move(by_function));
  if (session.prepared().keeps()) all.push_back(no_others_proof(session));
  if (!settings_.search_path.empty()) {
    all.push_back(
        {.sql = "select pg_catalog.set_config('search_path', $1, false)", .parameters = {settings_.search_path}});
  }
  return all;
}

std::vector<OwnStatement> SessionProfile::identity_statements(const Session& session) const {
  // First, because the part's own time-out is in force until then.
  std::vector<OwnStatement> all{{.sql = "set statement_timeout to 0"}};
  std::ranges::move(own_identity(session), std::back_inserter(all));
  all.push_back({.sql = "set client_encoding to 'UTF8'"});
  all.push_back({.sql = "set lock_timeout to 0"});
  // It takes effect at COMMIT, as LISTEN does: in the next part's transaction it would come too late for that part.
  all.push_back({.sql = "unlisten *"});
  return all;
}

Result<> SessionProfile::set_lock_timeout(Session& session, std::chrono::milliseconds timeout) {
  return session.batch(std::format("set lock_timeout to {}", timeout.count()));
}

Result<> SessionProfile::replace_lock_timeout(Session& session, std::chrono::milliseconds ours,
                                              std::chrono::milliseconds timeout) {
  return session.batch(
      std::format("select pg_catalog.set_config('lock_timeout', '{}', false) from pg_catalog.pg_settings "
                  "where name = 'lock_timeout' and setting = '{}'",
                  timeout.count(), ours.count()));
}

Result<> SessionProfile::set_lock_timeout_locally(Session& session, std::chrono::milliseconds timeout) {
  return session.batch(std::format("set local lock_timeout to {}", timeout.count()));
}

std::vector<Field> SessionProfile::describe() const {
  return {{"role", settings_.role.empty() ? "(login role)" : settings_.role},
          {"search_path", settings_.search_path.empty() ? "(the connection's own)" : settings_.search_path},
          {"client_encoding", "UTF8"},
          {"isolation", "read committed"},
          {"lock_timeout_ms", settings_.lock_timeout},
          {"statement_timeout_ms", settings_.statement_timeout}};
}

}  // namespace pge
