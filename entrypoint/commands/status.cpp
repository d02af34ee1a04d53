#include "plan/status.hpp"

#include "commands/alembic_look.hpp"
#include "commands/command.hpp"
#include "core/print.hpp"
#include "migrator/receipt.hpp"
#include "run/sql_upgrade.hpp"

namespace pge {
namespace {

Result<> print_alembic(Session& session, const AlembicProject& project, bool json) {
  auto status = read_alembic_status(session, project);
  if (!status) return fail(status.error());
  return print(json ? alembic_json(project.graph, *status) : alembic_table(project.graph, *status));
}

/// For any other migrator only the receipts are known.
Result<> print_receipts(History& history, bool json) {
  auto rows = history.read();
  if (!rows) return fail(rows.error());
  return print(json ? receipts_json(*rows) : receipts_table(*rows));
}

Result<> print_migrations(SqlUpgrade& upgrade, History& history, bool json) {
  if (auto rows = upgrade.read_rows(history); !rows) return rows;
  const auto lines = describe_status(upgrade.files(), upgrade.rows());
  return print(json ? status_json(lines) : status_table(lines));
}

Result<std::optional<SqlUpgrade>> read_files(const Context& context, const StopToken& stop) {
  if (!context.settings.migrator.command_line.empty()) return std::nullopt;
  const DeliverStops deliver(stop);
  auto upgrade = SqlUpgrade::open(context.settings.migrating, context.log);
  if (!upgrade) return fail(upgrade.error());
  return std::optional(*std::move(upgrade));
}

}  // namespace

/// What is applied and what is pending: migration files, or Alembic's revisions, or a migrator's receipts.
Result<int> run_status(Database& database) {
  const Context& context = database.context();
  const bool json = context.settings.arguments.json;
  auto alembic = find_alembic_project(context, database.stop());
  if (!alembic) return fail(alembic.error());
  auto upgrade = *alembic ? Result<std::optional<SqlUpgrade>>() : read_files(context, database.stop());
  if (!upgrade) return fail(upgrade.error());
  auto session = database.wait();
  if (!session) return fail(session.error());
  History history = database.history_of(*session);
  const auto printed = *alembic   ? print_alembic(*session, **alembic, json)
                       : *upgrade ? print_migrations(**upgrade, history, json)
                                  : print_receipts(history, json);
  if (!printed) return fail(printed.error());
  return 0;
}

}  // namespace pge
