#include <format>

#include "commands/alembic_look.hpp"
#include "commands/command.hpp"
#include "core/print.hpp"
#include "run/look.hpp"
#include "run/migrator_upgrade.hpp"
#include "run/upgrade.hpp"

namespace pge {
namespace {

/// Migration files, a migrator, or an Alembic project without one.
Result<std::unique_ptr<Upgrade>> open_for_look(const Context& context, const StopToken& stop) {
  if (!context.settings.migrator.command_line.empty()) return open_upgrade(context, Purpose::look, stop);
  auto alembic = find_alembic_project(context, stop);
  if (!alembic) return fail(alembic.error());
  if (!*alembic) return open_upgrade(context, Purpose::look, stop);
  MigratorProject project = MigratorProject::look_at(std::move((*alembic)->project), (*alembic)->choice);
  if (project.several_heads) return fail(*project.several_heads);
  return std::make_unique<MigratorUpgrade>(context, Purpose::look, std::move(project));
}

}  // namespace

/// 0 when up to date, 3 when something is pending, which goes to stdout. What is wrong with files or history is an
/// error as everywhere.
Result<int> run_check(Database& database) {
  auto upgrade = open_for_look(database.context(), database.stop());
  if (!upgrade) return fail(upgrade.error());
  auto session = database.wait();
  if (!session) return fail(session.error());
  History history = database.history_of(*session);
  auto pending = look_for_pending(database, *session, history, **upgrade, Strictness::strict);
  if (!pending) return fail(pending.error());
  if (!*pending) return (*upgrade)->tell_done(), 0;
  std::string list;
  for (const std::string& name : (*upgrade)->pending_names()) list += std::format("pending {}\n", name);
  if (auto printed = print(list); !printed) return fail(printed.error());
  return static_cast<int>(ExitCode::pending);
}

}  // namespace pge
