#include "migrator/judge.hpp"

#include <algorithm>
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

/// By which digests a run is known whose target is each row of `targets`: database, role, search_path.
Result<std::vector<MigratorIdentity>> identities(Session& session, const History& history,
                                                 const MigratorProject& project, const char* targets) {
  auto rows = session.query(targets);
  if (!rows) return fail(rows.error());
  std::vector<MigratorIdentity> found;
  found.reserve(rows->size());
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const std::vector<std::string> parts{project.inputs, rows->text(i, 0), rows->text(i, 1), rows->text(i, 2)};
    found.push_back({.application = project.application(history.qualified()),
                     .command = digest_words(project.words),
                     .inputs = digest_words(parts)});
  }
  return found;
}

constexpr const char* own_target =
    "select pg_catalog.current_database(), current_user, pg_catalog.current_setting('search_path')";

/// Every role, with this session's search_path and with the usual one.
constexpr const char* any_target =
    "select pg_catalog.current_database(), r.rolname, p.path from pg_catalog.pg_roles r, "
    "(select pg_catalog.current_setting('search_path') union select '\"$user\", public') p (path)";

Result<Judgement> judge_inputs(Session& session, History& history, const MigratorProject& project,
                               const MigratorState& state, Runs runs) {
  if (!state.text) return Judgement{};
  if (auto rows = history.read(); !rows) return fail(rows.error());
  auto facts = Facts(session, history.table()).read(project.application(history.qualified()));
  if (!facts) return fail(facts.error());
  auto candidates = identities(session, history, project, runs == Runs::of_any_role ? any_target : own_target);
  if (!candidates) return fail(candidates.error());
  Judgement best;
  for (const MigratorIdentity& candidate : *candidates) {
    if (!std::ranges::contains(*facts, candidate.inputs, &Fact::inputs)) continue;
    const Judgement judgement = judge_facts(*facts, candidate, *state.text);
    if (judgement.verdict == Verdict::up_to_date) return judgement;
    if (judgement.verdict != Verdict::unknown) best = judgement;
  }
  return best;
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
  auto own = identities(session, history, project, own_target);
  if (!own) return fail(own.error());
  return std::move(own->front());
}

Result<MigratorFindings> judge_migrator(Session& session, History& history, const MigratorProject& project, Runs runs) {
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
  auto judged = judge_inputs(session, history, project, findings.state, runs);
  if (!judged) return fail(judged.error());
  findings.judgement.verdict =
      judged->verdict == Verdict::up_to_date || !project.by_graph ? judged->verdict : Verdict::unknown;
  return findings;
}

}  // namespace pge
