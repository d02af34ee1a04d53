#include "migrator/record.hpp"

#include "migrator/judge_graph.hpp"

namespace pge {
namespace {

/// An error that concerns more than the record.
bool must_be_told(const Error& error) {
  return error.may_reconnect() || error.is_stop() || !error.server_answered();
}

Result<bool> may_create(Session& session, const History& history) {
  auto may = session.query(
      "select case when exists (select from pg_catalog.pg_namespace where nspname = $1) "
      "then pg_catalog.has_schema_privilege($1, 'CREATE') "
      "else pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') end",
      {history.table().schema});
  if (!may) return fail(may.error());
  return may->boolean(0, 0);
}

/// Under the lock if it is free: a replica that has it will store the same.
Result<> create_and_add(Session& session, History& history, const MigratorProject& project,
                        const MigratorState& state) {
  auto lock = AdvisoryLock::try_acquire(session, history.table().lock_key());
  if (!lock) return fail(lock.error());
  if (!*lock) return {};
  auto added = [&]() -> Result<> {
    if (auto read = history.read(); !read) return fail(read.error());
    if (auto created = history.create(**lock); !created) return created;
    if (auto recorded = history.record_key(**lock); !recorded) return recorded;
    Facts facts(session, history.table());
    if (auto created = facts.create(**lock); !created) return created;
    auto stored =
        facts.add(ancestry_of(project.alembic->graph, project.application(history.qualified()), state.first_column));
    return stored ? Result<>() : fail(stored.error());
  }();
  if (!added && must_be_told(added.error())) return added;
  return std::move(**lock).release();
}

/// The migrator's own statements may have dropped our tables: Alembic's autogenerate, for one, writes a DROP TABLE for
/// every table that the models do not have. What the run shows can be recorded all the same.
Result<> make_room_again(const Turn& turn) {
  if (auto rows = turn.history.read(); !rows) return fail(rows.error());
  auto there = Facts(turn.session, turn.history.table()).exists();
  if (!there) return fail(there.error());
  if (*there && turn.history.exists()) return {};
  turn.session.events().warning(
      "the migrator has dropped pg-entrypoint's own tables: they are created again, without the rows that they had",
      {{"table", turn.history.qualified()},
       {"hint",
        "take the DROP TABLE out of the migrator's files, and leave these tables out of what it compares: for "
        "Alembic's autogenerate by include_name in env.py"}});
  return make_room(turn);
}

}  // namespace

Result<> make_room(const Turn& turn) {
  if (auto rows = turn.history.read(); !rows) return fail(rows.error());
  if (auto created = turn.history.create(turn.lock); !created) return created;
  if (auto recorded = turn.history.record_key(turn.lock); !recorded) return recorded;
  return Facts(turn.session, turn.history.table()).create(turn.lock);
}

Result<> record_run(const Turn& turn, const MigratorProject& project, const RunToRecord& run,
                    const MigratorState& left) {
  if (auto made = make_room_again(turn); !made) return made;
  Facts facts(turn.session, turn.history.table());
  if (project.by_graph) {
    auto stored = facts.add(
        ancestry_of(project.alembic->graph, project.application(turn.history.qualified()), left.first_column));
    if (!stored) return fail(stored.error());
  }
  if (project.inputs.empty()) return {};
  auto own = identify(turn.session, turn.history, project);
  if (!own) return fail(own.error());
  return facts.add(turn.lock,
                   {.application = own->application,
                    .command = own->command,
                    .inputs = own->inputs,
                    .found = run.found,
                    .left = *left.text,
                    .migrator = run.migrator},
                   run.took);
}

Result<> record_heads(Session& session, History& history, const MigratorProject& project, const MigratorState& state) {
  if (session.server().in_recovery || session.server().read_only) return {};
  const auto unless_refused = [](const Error& error) {
    return error.code == ExitCode::refused ? Result<>() : Result<>(fail(error));
  };
  if (auto rows = history.read(); !rows) return unless_refused(rows.error());
  const Ancestry ancestry =
      ancestry_of(project.alembic->graph, project.application(history.qualified()), state.first_column);
  Facts facts(session, history.table());
  auto known = facts.ancestry(ancestry.application, ancestry.state);
  if (!known) return unless_refused(known.error());
  if (*known) return {};
  auto stored = facts.add(ancestry);
  if (!stored) return fail(stored.error());
  // Through a pooler this look is one transaction, and no session-level lock may be taken.
  if (*stored || session.in_transaction()) return {};
  auto may = may_create(session, history);
  if (!may) return fail(may.error());
  return *may ? create_and_add(session, history, project, state) : Result<>();
}

}  // namespace pge
