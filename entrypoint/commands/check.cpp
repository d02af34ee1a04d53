#include <format>

#include "commands/alembic_look.hpp"
#include "commands/command.hpp"
#include "core/print.hpp"
#include "run/look.hpp"

namespace pge {

/// 0 when up to date, 3 when something is pending, which goes to stdout. What is wrong with files or history is an
/// error as everywhere.
Result<int> run_check(Database& database) {
  auto upgrade = open_for_look(database.context(), Purpose::look, database.stop());
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
