#include "run/migrator_upgrade.hpp"

#include <filesystem>
#include <utility>

#include "core/strings.hpp"
#include "migrator/migrator_environment.hpp"
#include "migrator/migrator_run.hpp"

namespace pge {

MigratorUpgrade::MigratorUpgrade(const Context& context, Purpose purpose, MigratorProject project)
    : context_(context), purpose_(purpose), project_(std::move(project)), command_line_(joined(project_.words, " ")) {}

Result<std::unique_ptr<Upgrade>> MigratorUpgrade::open(const Context& context, Purpose purpose) {
  auto project = MigratorProject::open(context.settings.migrator, context.environment, context.log);
  if (!project) return fail(project.error());
  return std::unique_ptr<Upgrade>(new MigratorUpgrade(context, purpose, *std::move(project)));
}

/// Without a receipt the revisions say what is pending, and whether the database is ahead of them.
bool MigratorUpgrade::pending_by_graph(const std::string& state) {
  const AlembicStatus status = describe_alembic(project_.alembic->graph, split(state, "\n"));
  if (!status.unknown.empty()) standing_ = Standing::ahead;
  return status.unknown.empty() && status.pending > 0;
}

Result<bool> MigratorUpgrade::pending(Session& session, History& history, Strictness) {
  standing_ = Standing::unknown;
  auto state = project_.read_state(session);
  if (!state) return fail(state.error());
  if (!project_.digest.empty()) {
    auto rows = history.read();
    if (!rows) return fail(rows.error());
    standing_ = judge_receipts(*rows, project_.digest, state->text);
  }
  if (standing_ != Standing::unknown) return false;
  // Only the result of Alembic's own query can be compared with its files.
  const bool comparable = project_.alembic && state->text && !project_.alembic->graph.all().empty() &&
                          project_.state_query == project_.alembic->config.state_query;
  if (!comparable) return true;
  const bool behind = pending_by_graph(*state->text);
  return purpose_ == Purpose::look ? behind : standing_ != Standing::ahead;
}

void MigratorUpgrade::tell_done() const {
  Log& log = context_.log;
  if (standing_ == Standing::ahead) {
    log.warning("the database is ahead of this image: the migrator was not run", {{"migrator", command_line_}});
  } else if (standing_ == Standing::current) {
    log.info("nothing to do: the same inputs have already brought the database to this state",
             {{"migrator", command_line_}, {"digest", project_.digest.substr(0, 12)}});
  } else {
    log.info("nothing to do: the database has all of Alembic's revisions", {{"migrator", command_line_}});
  }
}

std::vector<std::string> MigratorUpgrade::pending_names() const {
  return {command_line_};
}

Error MigratorUpgrade::behind() const {
  return {.code = ExitCode::gave_way,
          .message = "the schema is behind, or its state is unknown: " + command_line_ + " has to run",
          .hint = "PG_ENTRYPOINT_MIGRATE=check applies nothing: run pg-entrypoint migrate first"};
}

Result<> MigratorUpgrade::carry_out(Turn& turn) {
  // This comes before the migrator: a role that may not create the history table should find out first.
  const bool leaves_receipt = !project_.digest.empty();
  if (leaves_receipt) {
    if (auto created = turn.history.create(turn.lock); !created) return created;
  }
  auto environment = migrator_environment(context_.settings, context_.environment, turn.session.server().pooled);
  if (!environment) return fail(environment.error());
  const MigratorCommand migrator{.command = {.argv = project_.words, .environment = *std::move(environment)},
                                 .command_line = command_line_,
                                 .name = std::filesystem::path(project_.words.front()).filename().string()};
  const auto started = Clock::now();
  turn.session.defer_stops(turn.finish_on_stop);
  auto done = run_migrator(turn, migrator, context_.settings.migrator.retries, context_.inherited, context_.log);
  if (!done) return done;
  const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - started);
  context_.log.info("migrator finished", {{"ms", took}});
  auto left = leaves_receipt ? leave_receipt(turn, migrator.name, took) : Result<>();
  turn.session.defer_stops(false);
  return left;
}

Result<> MigratorUpgrade::leave_receipt(const Turn& turn, const std::string& name, milliseconds took) {
  if (auto held = turn.lock.verify(); !held) return held;
  auto state = project_.read_state(turn.session);
  if (!state) return fail(state.error());
  if (!state->text) {
    context_.log.warning("no receipt: the state cannot be read, so the migrator will run at the next start too",
                         {Field::sql("query", project_.state_query), {"message", state->unreadable}});
    return {};
  }
  return turn.history.receipt(turn.lock, {.kind = HistoryKind::receipt, .version = project_.digest}, name, *state->text,
                              took);
}

}  // namespace pge
