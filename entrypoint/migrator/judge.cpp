#include "migrator/judge.hpp"

#include <utility>

#include "migrator/inputs.hpp"
#include "migrator/judge_graph.hpp"
#include "postgres/savepoint.hpp"

namespace pge {
namespace {

/// What was stored for a state.
Result<std::optional<Ancestry>> stored_ancestry(Session& session, History& history, const MigratorProject& project,
                                                const MigratorState& state) {
  if (auto rows = history.read(); !rows) return fail(rows.error());
  return Facts(session, history.table())
      .ancestry(project.application(history.qualified()), state_of(state.first_column));
}

Result<Judgement> judge_revisions(Session& session, History& history, const MigratorProject& project,
                                  const MigratorState& state) {
  if (!state.text && !state.has_no_table()) return Judgement{};
  const RevisionGraph& graph = project.alembic->graph;
  Judgement judgement = judge_graph(graph, state.first_column);
  if (judgement.verdict != Verdict::unknown) return judgement;
  auto stored = stored_ancestry(session, history, project, state);
  if (!stored) return fail(stored.error());
  return judge_graph(graph, state.first_column, *stored);
}

Result<Judgement> judge_inputs(Session& session, History& history, const MigratorProject& project,
                               const MigratorState& state) {
  if (!state.text) return Judgement{};
  if (auto rows = history.read(); !rows) return fail(rows.error());
  auto own = identify(session, history, project);
  if (!own) return fail(own.error());
  auto facts = Facts(session, history.table()).read(own->application);
  if (!facts) return fail(facts.error());
  return judge_facts(*facts, *own, *state.text);
}

}  // namespace

Result<MigratorState> read_state(Session& session, const MigratorProject& project) {
  MigratorState state;
  if (project.state_query.empty()) return state;
  auto rows = with_savepoint(session, [&] { return session.query(project.state_query); });
  if (!rows) {
    if (rows.error().may_reconnect() || rows.error().is_stop()) return fail(rows.error());
    state.unreadable = rows.error();
    return state;
  }
  std::string text;
  for (std::size_t row = 0; row < rows->size(); ++row) {
    for (std::size_t column = 0; column < rows->columns(); ++column) {
      text += (column > 0 ? "\t" : "") + rows->text(row, column);
    }
    text += '\n';
    if (rows->columns() > 0) state.first_column.push_back(rows->text(row, 0));
  }
  state.text = std::move(text);
  return state;
}

Result<MigratorIdentity> identify(Session& session, const History& history, const MigratorProject& project) {
  auto target =
      session.query("select pg_catalog.current_database(), current_user, pg_catalog.current_setting('search_path')");
  if (!target) return fail(target.error());
  const std::vector<std::string> parts{project.inputs, target->text(0, 0), target->text(0, 1), target->text(0, 2)};
  return MigratorIdentity{.application = project.application(history.qualified()),
                          .command = digest_words(project.words),
                          .inputs = digest_words(parts)};
}

Result<MigratorFindings> judge_migrator(Session& session, History& history, const MigratorProject& project) {
  MigratorFindings findings;
  if (!project.can_be_judged()) return findings;
  auto state = read_state(session, project);
  if (!state) return fail(state.error());
  findings.state = *std::move(state);
  if (project.by_graph) {
    auto judged = judge_revisions(session, history, project, findings.state);
    if (!judged) return fail(judged.error());
    findings.judgement = *std::move(judged);
    // Inputs that somebody has named count besides the revisions.
    if (project.inputs.empty() || findings.judgement.verdict != Verdict::up_to_date) return findings;
  }
  auto judged = judge_inputs(session, history, project, findings.state);
  if (!judged) return fail(judged.error());
  findings.judgement.verdict =
      judged->verdict == Verdict::up_to_date || !project.by_graph ? judged->verdict : Verdict::unknown;
  return findings;
}

}  // namespace pge
