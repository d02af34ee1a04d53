#include "postgres/create_database.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <format>
#include <utility>

#include "postgres/classify.hpp"
#include "postgres/connect.hpp"

namespace pge {
namespace {

/// Of CREATE DATABASE. The others concern a database's later life, which is not ours.
constexpr auto known_options = std::to_array<std::string_view>(
    {"owner", "template", "encoding", "locale", "lc_collate", "lc_ctype", "locale_provider", "icu_locale", "icu_rules",
     "builtin_locale", "tablespace", "strategy"});

/// Options that only fit a template without text.
constexpr auto text_options = std::to_array<std::string_view>(
    {"encoding", "locale", "lc_collate", "lc_ctype", "locale_provider", "icu_locale", "icu_rules", "builtin_locale"});

constexpr const char* options_hint =
    "correct --create-database-options: owner=… template=… encoding=… locale=…, as CREATE DATABASE has them";

bool has_key(const KeyValues& pairs, std::string_view key) {
  return std::ranges::contains(pairs, key, &KeyValues::value_type::first);
}

/// Empty where only the role's name or a service file says it: a database of that name is hardly meant.
std::string name_of_database(const ConnectionSettings& settings) {
  if (const auto named = settings.parameters.find("dbname"); named != settings.parameters.end()) return named->second;
  const char* variable = std::getenv("PGDATABASE");
  return variable == nullptr ? "" : variable;
}

std::string statement(const Session& session, const std::string& name, const KeyValues& options) {
  std::string sql = "create database " + session.quote_identifier(name);
  for (const auto& [key, value] : options) sql += std::format(" {} {}", key, session.quote_literal(value));
  return sql;
}

struct CreationRule {
  std::string_view beginning;  ///< of the SQLSTATE
  Classification verdict;
  std::string_view hint;
};

constexpr std::string_view busy_hint = "the server is busy, or short of a resource: see its log";

/// The first that fits counts.
constexpr auto creation_rules = std::to_array<CreationRule>({
    {"42501",
     {ExitCode::refused, Next::transient()},
     "ALTER ROLE … CREATEDB for this role, which must be a member of the owner; or let MIGRATE_DATABASE_URL name a "
     "role "
     "that may"},
    {"25006", {ExitCode::unavailable, Next::reconnect()}, "the server is a standby: name the primary"},
    {"55006",
     {ExitCode::unavailable, Next::reconnect()},
     "end the sessions in the template database, or say template=template0 in --create-database-options"},
    {"55", {ExitCode::unavailable, Next::reconnect()}, busy_hint},
    {"53", {ExitCode::unavailable, Next::reconnect()}, busy_hint},
    {"57", {ExitCode::unavailable, Next::reconnect()}, busy_hint},
    {"40", {ExitCode::unavailable, Next::reconnect()}, busy_hint},
    {"", {ExitCode::configuration, Next::transient()}, options_hint},
});

Error explain(Error error, const std::string& name) {
  if (error.is_stop() || !error.server_answered()) return error;
  const auto* rule =
      std::ranges::find_if(creation_rules, [&](const CreationRule& r) { return error.sqlstate_class(r.beginning); });
  error.code = rule->verdict.code;
  error.next = rule->verdict.next;
  error.hint = rule->hint;
  error.message = std::format("the database {} is missing and could not be created: {}", name, error.message);
  return error;
}

Error explain_connection(Error error, const NewDatabase& wanted) {
  if (error.is_stop()) return error;
  error.message = std::format("the database is missing, and to create it: {}", error.message);
  if (error.is_sqlstate("3D000")) {
    error.hint = std::format("there is no database {} either: name one that is there with --maintenance-database",
                             wanted.maintenance_database);
  }
  return error;
}

}  // namespace

Result<KeyValues> parse_database_options(std::string_view text, const std::string& role) {
  auto pairs = text.empty() ? KeyValues() : parse_conninfo(text);
  if (!pairs) return fail(ExitCode::usage, "--create-database-options cannot be read", options_hint);
  const auto wrong =
      std::ranges::find_if(*pairs, [](const auto& pair) { return !std::ranges::contains(known_options, pair.first); });
  if (wrong != pairs->end()) {
    return fail(ExitCode::usage,
                std::format("--create-database-options: {} is not an option that it has", wrong->first), options_hint);
  }
  if (!has_key(*pairs, "owner") && !role.empty()) pairs->emplace_back("owner", role);
  const auto concerns_text = [&](std::string_view key) { return has_key(*pairs, key); };
  if (!has_key(*pairs, "template") && std::ranges::any_of(text_options, concerns_text)) {
    pairs->emplace_back("template", "template0");
  }
  return *std::move(pairs);
}

Result<> create_database(const ConnectionSettings& settings, const NewDatabase& wanted, milliseconds connect_timeout,
                         LibpqWarnings& warnings, StopToken& stop, Events& events) {
  const std::string name = name_of_database(settings);
  if (name.empty()) {
    return fail(ExitCode::configuration, "--create-database: no database is named",
                "name it in the URL (postgresql://…/DATABASE), in --database or in PGDATABASE");
  }
  ConnectionSettings maintenance = settings;
  maintenance.parameters["dbname"] = wanted.maintenance_database;
  maintenance.parameters.try_emplace("target_session_attrs", "read-write");
  auto session = connect(maintenance, connect_timeout, warnings, {}, stop, events);
  if (!session) return fail(explain_connection(session.error(), wanted));
  const auto started = Clock::now();
  // Without a limit: copying a template takes as long as the server's disk does.
  const auto created = session->execute(statement(*session, name, wanted.options));
  if (created) {
    events.info(
        "database created",
        {{"database", name}, {"maintenance_database", wanted.maintenance_database}, {"ms", Clock::now() - started}});
    return {};
  }
  // It is there, or another session has just committed it.
  if (created.error().is_sqlstate("42P04") || created.error().is_sqlstate("23505")) {
    events.info("another process has created the database", {{"database", name}});
    return {};
  }
  return fail(explain(created.error(), name));
}

}  // namespace pge
