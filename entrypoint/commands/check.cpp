#include <format>

#include "commands/alembic_look.hpp"
#include "commands/command.hpp"
#include "core/print.hpp"
#include "run/upgrade.hpp"

namespace pge {
namespace {

constexpr int something_pending = static_cast<int>(ExitCode::pending);

Result<int> check_alembic(Session& session, const AlembicProject& project, Log& log) {
  const RevisionGraph& graph = project.graph;
  if (const auto several = several_heads(graph); several && project.wants_one_head) return fail(*several);
  auto status = read_alembic_status(session, project);
  if (!status) return fail(status.error());
  if (!status->unknown.empty()) {
    log.warning("the database is ahead of this image: it is at a revision that no file here declares",
                {{"revision", status->unknown.front()}});
    return 0;
  }
  const auto& revisions = graph.all();
  std::string list;
  for (std::size_t node = revisions.size(); node-- > 0;) {
    if (!status->applied[node]) list += std::format("pending {} {}\n", revisions[node].id, revisions[node].message);
  }
  if (auto printed = print(list); !printed) return fail(printed.error());
  return status->pending > 0 ? something_pending : 0;
}

Result<int> check_upgrade(Session& session, History& history, Upgrade& upgrade) {
  auto pending = upgrade.pending(session, history, Strictness::strict);
  if (!pending) return fail(pending.error());
  if (!*pending) return upgrade.tell_done(), 0;
  std::string list;
  for (const std::string& name : upgrade.pending_names()) list += std::format("pending {}\n", name);
  if (auto printed = print(list); !printed) return fail(printed.error());
  return something_pending;
}

}  // namespace

/// 0 when up to date, 3 when something is pending, which goes to stdout. What is wrong with files or history is an
/// error as everywhere.
Result<int> run_check(Database& database) {
  const Context& context = database.context();
  auto alembic = find_alembic_project(context, database.stop());
  if (!alembic) return fail(alembic.error());
  std::unique_ptr<Upgrade> upgrade;
  if (!*alembic) {
    auto opened = open_upgrade(context, Purpose::look, database.stop());
    if (!opened) return fail(opened.error());
    upgrade = *std::move(opened);
  }
  auto session = database.wait();
  if (!session) return fail(session.error());
  if (*alembic) return check_alembic(*session, **alembic, context.log);
  History history = database.history_of(*session);
  return check_upgrade(*session, history, *upgrade);
}

}  // namespace pge
