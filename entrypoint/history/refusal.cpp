#include "history/refusal.hpp"

#include <format>
#include <utility>

#include "history/ddl.hpp"

namespace pge {

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

Error newer_format(std::string_view qualified, std::int64_t needed) {
  return {.code = ExitCode::configuration,
          .message = std::format("{} has format {}, but this binary only supports up to format {}", qualified, needed,
                                 history_format),
          .hint = "use the release that wrote it, or a newer one"};
}

}  // namespace pge
