#include "plan/status.hpp"

#include <format>
#include <string>

#include "commands/alembic_look.hpp"
#include "commands/command.hpp"
#include "core/print.hpp"
#include "migrator/facts_report.hpp"
#include "migrator/judge.hpp"
#include "run/look.hpp"
#include "run/sql_upgrade.hpp"

namespace pge {
namespace {

/// What the command line and the files say; one of the three at least.
struct Looked {
  std::optional<ChosenAlembic> alembic = {};
  std::optional<MigratorProject> migrator = {};  ///< what is judged: the migrator, or the Alembic project
  std::optional<SqlUpgrade> files = {};
};

Result<Looked> look_at_project(const Context& context, const StopToken& stop) {
  auto alembic = find_alembic_project(context, stop);
  if (!alembic) return fail(alembic.error());
  Looked looked{.alembic = *std::move(alembic)};
  const DeliverStops deliver(stop);
  if (!context.settings.migrator.command_line.empty()) {
    auto project = MigratorProject::open(context.settings.migrator, context.environment, context.log);
    if (!project) return fail(project.error());
    looked.migrator = *std::move(project);
  } else if (looked.alembic) {
    looked.migrator = MigratorProject::look_at(looked.alembic->project, looked.alembic->choice);
  }
  if (looked.migrator && looked.migrator->no_judgement) return fail(*looked.migrator->no_judgement);
  if (looked.migrator) return looked;
  looked.files.emplace(SqlUpgrade::open(context.settings.migrating, context.log));
  if (auto read = looked.files->finish_reading(); !read) return fail(read.error());
  return looked;
}

/// The advisory lock's key, as the document's last members and as the table's last line.
struct ShownKey {
  KeyValues members;
  std::string line;
};

/// By the last read of the history.
ShownKey key_of(const History& history) {
  // A string: more than 53 bits are not a number in every reader of JSON.
  const std::string key = std::to_string(history.lock_key());
  const std::string ours = std::to_string(history.table().lock_key());
  if (ours == key) return {.members = {{"lock_key", key}}, .line = std::format("lock key: {}\n", key)};
  return {.members = {{"lock_key", key}, {"lock_key_here", ours}},
          .line = std::format("lock key: {}, but here it is {}: a start is refused\n", key, ours)};
}

/// Nothing else of Alembic's status needs the history, so a role that may not read it sees the key that is ours.
Result<ShownKey> look_for_key(Session& session, History& history) {
  const auto rows = history.read();
  if (!rows && (session.closed() || rows.error().is_stop())) return fail(rows.error());
  return key_of(history);
}

Result<> print_alembic(Session& session, History& history, const AlembicProject& project, Verdict verdict, bool json) {
  auto status = read_alembic_status(session, project);
  if (!status) return fail(status.error());
  // A database that is proven to be ahead has all of this image's revisions.
  if (verdict == Verdict::ahead) status->set_all_applied();
  const auto key = look_for_key(session, history);
  if (!key) return fail(key.error());
  const std::string table = alembic_table(project.graph, *status) + describe(verdict) + "\n" + key->line;
  return print(json ? alembic_json(project.graph, *status, name_of(verdict), key->members) : table);
}

/// For any other migrator only the facts are known.
Result<> print_facts(Session& session, History& history, const MigratorProject& project, Verdict verdict, bool json) {
  if (auto rows = history.read(); !rows) return fail(rows.error());
  auto facts = Facts(session, history.table()).read(project.application(history.qualified()));
  if (!facts) return fail(facts.error());
  const ShownKey key = key_of(history);
  return print(json ? facts_json(*facts, verdict, key.members) : facts_table(*facts, verdict) + key.line);
}

Result<> print_migrations(SqlUpgrade& upgrade, Session& session, History& history, bool json) {
  if (auto rows = upgrade.read_rows(history, RowDetail::times); !rows) return rows;
  if (auto understood = upgrade.understand_files(session.stop()); !understood) return understood;
  const auto lines = describe_status(upgrade.files(), upgrade.rows(), upgrade.allows_out_of_order());
  const ShownKey key = key_of(history);
  return print(json ? status_json(lines, key.members) : status_table(lines) + key.line);
}

Result<> show(Session& session, History& history, Looked& looked, bool json) {
  if (looked.files) return print_migrations(*looked.files, session, history, json);
  auto findings = judge_migrator(session, history, *looked.migrator);
  if (!findings) return fail(findings.error());
  const Verdict verdict = findings->judgement.verdict;
  return looked.alembic ? print_alembic(session, history, looked.alembic->project, verdict, json)
                        : print_facts(session, history, *looked.migrator, verdict, json);
}

}  // namespace

/// What is applied and what is pending: migration files, or Alembic's revisions, or a migrator's facts. Of a migrator
/// it says what `check` says.
Result<int> run_status(Database& database) {
  const Context& context = database.context();
  const bool json = context.settings.arguments.json;
  auto looked = look_at_project(context, database.stop());
  if (!looked) return fail(looked.error());
  auto session = database.wait();
  if (!session) return fail(session.error());
  History history = database.history_of(*session);
  const auto shown = look(database, *session, [&] { return show(*session, history, *looked, json); });
  if (!shown) return fail(shown.error());
  return 0;
}

}  // namespace pge
