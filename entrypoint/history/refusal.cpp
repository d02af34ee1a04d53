#include "history/refusal.hpp"

#include <format>
#include <utility>

#include "history/ddl.hpp"

namespace pge {

namespace {

/// `forced`: the policies hold for the table's owner too.
std::string row_security_hint(const Session& session, const HistoryTable::Name& table, bool forced) {
  const std::string qualified = qualified_name(session, table);
  return std::format(
      "an event trigger or a hosting platform may have enabled it for every new table. {}: alter table {} {} row level "
      "security; or use a role with BYPASSRLS",
      forced ? "As the table's owner" : "Use the role that owns the table; or, as that role", qualified,
      forced ? "no force" : "disable");
}

}  // namespace

std::string qualified_name(const Session& session, const HistoryTable::Name& table) {
  return session.quote_identifier(table.schema) + "." + session.quote_identifier(table.name);
}

Error explain_access(const Session& session, const HistoryTable::Name& table, std::string_view privilege, Error error) {
  const std::string qualified = qualified_name(session, table);
  if (error.is_sqlstate("42501")) {
    error.code = ExitCode::refused;
    error.hint = std::format(
        "grant usage on schema {} and grant {} on {} to the login role, or use the role that owns the table",
        session.quote_identifier(table.schema), privilege, qualified);
  } else if (error.sqlstate_class("42")) {
    error.code = ExitCode::configuration;
    error.message = std::format("{} is not a history table of this tool: {}", qualified, error.message);
    error.hint = "choose another one with --history-table";
  }
  return error;
}

Error explain_write(const Session& session, const HistoryTable::Name& table, Error error) {
  const std::string qualified = qualified_name(session, table);
  const bool policy = error.is_sqlstate("42501") && error.message.contains("row-level security");
  error.message = std::format("the history table {} could not be written: {}", qualified, error.message);
  if (policy) {
    error.hint = row_security_hint(session, table, true);
  } else if (error.is_sqlstate("42501")) {
    error.hint = std::format(
        "migrate as the role that owns it (MIGRATE_DATABASE_URL, --role), or: "
        "grant select, insert, update, delete on {} to the migrating role",
        qualified);
  } else if (error.is_sqlstate("42P01") || error.is_sqlstate("3F000")) {
    error.code = ExitCode::migration_failed;
    error.hint = std::format(
        "a statement has dropped it: leave schema {} out of DROP SCHEMA, of pg_dump's --clean and of whatever is done "
        "to all tables. To start from an empty database, drop everything before pg-entrypoint starts",
        session.quote_identifier(table.schema));
  } else if (error.server && error.server->context.contains("PL/pgSQL function")) {
    error.code = ExitCode::migration_failed;
    error.hint = std::format(
        "a trigger on this table failed, and pg-entrypoint creates none: find it with \\d {}, drop it, and leave this "
        "table out of what creates triggers for all tables",
        qualified);
  }
  return error;
}

Error lost_row(std::string_view qualified, std::string_view what) {
  return {.code = ExitCode::migration_failed,
          .message = std::format("a row of the history table {} is gone while the lock is held ({})", qualified, what),
          .hint = std::format("does a statement delete, truncate or drop all tables? Leave {} out of it. Else "
                              "somebody edited the table: pg-entrypoint status shows what it says now",
                              qualified)};
}

Error hidden_rows(const Session& session, const HistoryTable::Name& table, bool forced) {
  return {.code = ExitCode::refused,
          .message = std::format("row security hides rows of {} from this role: what it sees may not be all that was "
                                 "applied",
                                 qualified_name(session, table)),
          .hint = row_security_hint(session, table, forced)};
}

Error other_lock_key(std::string_view qualified, const LockKeys& keys, std::int64_t derived) {
  const std::string ours = keys.ours ? std::to_string(*keys.ours) : "null";
  const std::string keep =
      keys.recorded == derived ? "leave out --lock-key" : std::format("give it --lock-key {}", keys.recorded);
  const std::string change =
      keys.has_column
          ? std::format("update {} set lock_key = {}", qualified, ours)
          : std::format("let the owner of {} migrate once without --lock-key, so that it gets the column", qualified);
  return {.code = ExitCode::configuration,
          .message = std::format("the history {} was written under the advisory lock's key {}, but this start has {}",
                                 qualified, keys.recorded, keys.ours.value_or(derived)),
          .hint = std::format("{}; or, to change the key, when nothing starts with the old one any more: {}", keep,
                              change)};
}

Error unrecorded_lock_key(std::string_view qualified) {
  return {.code = ExitCode::configuration,
          .message = std::format("the history table {} has no column that could record --lock-key", qualified),
          .hint = "use the role that owns the table, and let nobody else use it meanwhile; or leave out --lock-key"};
}

Error newer_format(std::string_view qualified, std::int64_t needed) {
  return {.code = ExitCode::configuration,
          .message = std::format("{} has format {}, but this binary only supports up to format {}", qualified, needed,
                                 history_format),
          .hint = "use the release that wrote it, or a newer one"};
}

}  // namespace pge
