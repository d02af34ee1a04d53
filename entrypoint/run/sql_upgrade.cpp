#include "run/sql_upgrade.hpp"

#include <unistd.h>

#include <algorithm>
#include <format>

#include "alembic/alembic_config.hpp"
#include "apply/apply.hpp"
#include "apply/poolable.hpp"
#include "core/strings.hpp"
#include "history/guard.hpp"
#include "migrations/directory.hpp"
#include "postgres/tcp_ends.hpp"
#include "run/migration_memory.hpp"

namespace pge {
namespace {

/// `--dir`, else ./migrations, else /migrations.
std::string directory_of(const MigratingSettings& settings) {
  if (!settings.directory.empty()) return settings.directory;
  return access("migrations", F_OK) == 0 || access("/migrations", F_OK) != 0 ? "migrations" : "/migrations";
}

}  // namespace

SqlUpgrade::SqlUpgrade(const MigratingSettings& settings, Log& log) : settings_(settings), log_(log) {}

SqlUpgrade SqlUpgrade::open(const MigratingSettings& settings, Log& log, Alternative alternative) {
  SqlUpgrade upgrade(settings, log);
  upgrade.alternative_ = alternative;
  upgrade.files_ = MigrationSet(directory_of(settings), settings.allow_empty, memory_for_migrations);
  return upgrade;
}

Result<> SqlUpgrade::finish_reading() {
  auto read = files_.finish_reading();
  if (!read) {
    Error& error = read.error();
    if (error.code == ExitCode::no_input && alternative_ == Alternative::alembic && !find_alembic_config().empty()) {
      error.hint += "; if the project keeps Alembic: --migrator 'alembic upgrade head'";
    }
    return read;
  }
  if (!files_.unused().empty() && !told_unused_) {
    log_.warning("the migrations directory has SQL that is not read", {{"names", joined(files_.unused())}});
  }
  told_unused_ = true;
  return {};
}

bool SqlUpgrade::has_files(const MigratingSettings& settings) {
  return has_migration_files(directory_of(settings));
}

Result<> SqlUpgrade::check_feasible() const {
  for (const PlannedMigration& planned : plan_.pending) {
    if (auto fits = check_memory(*planned.migration); !fits) return fits;
  }
  return {};
}

Result<> SqlUpgrade::read_rows(History& history, RowDetail detail) {
  auto rows = history.read(detail);
  if (!rows) return fail(rows.error());
  rows_ = std::move(*rows);
  return {};
}

Result<> SqlUpgrade::understand_files(const StopToken& stop) {
  const DeliverStops deliver(stop);
  if (auto read = finish_reading(); !read) return read;
  return files_.understand(rows_);
}

Result<> SqlUpgrade::parse_files() {
  if (auto read = finish_reading(); !read) return read;
  return files_.parse_all();
}

/// A history that came from another database without the tables, for example by a dump of its schema alone.
Result<> SqlUpgrade::refuse_rows_without_tables(Session& session, const History& history) const {
  if (rows_.empty() || settings_.allow_empty_database) return {};
  if (!std::ranges::all_of(rows_, &AppliedMigration::applied_elsewhere)) return {};
  auto tables = has_tables(session, history.table());
  if (!tables) return fail(tables.error());
  if (*tables) return {};
  return fail(ExitCode::configuration,
              std::format("the history says that {} migration(s) were applied, but in another database, and this one "
                          "has no table",
                          rows_.size()),
              std::format("restore the whole dump; or, to let the migrations run here: drop table {}. If the schema "
                          "has no tables on purpose: --allow-empty-database",
                          history.qualified()));
}

/// What is asked when there is no history: the guard's question, and whether there may be a pooler.
std::vector<Query> SqlUpgrade::first_queries(const History& history) const {
  if (settings_.mode != MigrateMode::automatic) return {};
  std::vector<Query> queries;
  if (!settings_.allow_existing) queries.push_back(target_tables_query(history.table()));
  queries.push_back({.sql = tcp_ends_sql});
  return queries;
}

Result<bool> SqlUpgrade::pending(Session& session, History& history, Strictness strictness) {
  // Under the lock, a closer look: what is missing of the table is to be made.
  auto rows = strictness == Strictness::lenient ? history.read_quickly(first_queries(history)) : history.rows_of_look();
  if (!rows) return fail(rows.error());
  rows_ = std::move(*rows);
  if (auto here = refuse_rows_without_tables(session, history); !here) return fail(here.error());
  if (auto understood = understand_files(session.stop()); !understood) return fail(understood.error());
  const PlanOptions options{
      .to = settings_.to, .allow_out_of_order = allows_out_of_order(), .under_lock = strictness == Strictness::strict};
  auto plan = make_plan(files(), rows_, options);
  if (!plan) return fail(plan.error());
  plan_ = std::move(*plan);
  return !plan_.empty();
}

Result<> SqlUpgrade::check_target(Session& session, History& history, const std::string& search_path) {
  if (history.exists() || settings_.allow_existing) return {};
  const auto ours = refuse_existing_tables(session, history.table(), search_path);
  if (ours) return {};
  // Another replica may have created the history and the tables since this one has looked.
  if (auto rows = read_rows(history); !rows) return rows;
  return history.exists() ? Result<>() : ours;
}

/// Tables outside the target schema may be what the files are about to create once more.
Result<> SqlUpgrade::tell_other_schemas(Turn& turn) const {
  if (turn.history.exists()) return {};
  auto schemas = other_schemas_with_tables(turn.session, turn.history.table());
  if (!schemas) return fail(schemas.error());
  if (schemas->empty()) return {};
  log_.warning("there is no history table, and other schemas than the migrations' own have tables",
               {{"schemas", joined(*schemas)}});
  return {};
}

void SqlUpgrade::tell_ahead() const {
  if (plan_.ahead.empty()) return;
  log_.warning("the database is ahead of this image: it has migrations that this image does not know",
               {{"count", plan_.ahead.size()}, {"last", plan_.ahead.back()->label()}});
  for (const AppliedMigration* row : plan_.ahead) {
    if (row->state != HistoryState::running) continue;
    log_.warning("a migration that this image does not know is applied in part only",
                 {{"name", row->label()}, {"step", row->step}, {"steps", row->steps}});
  }
}

void SqlUpgrade::tell_done() const {
  tell_ahead();
  if (applied_ > 0) {
    log_.info("migrations applied", {{"count", applied_}});
  } else {
    log_.info("nothing to apply", {{"known", files().size()}});
  }
}

std::vector<std::string> SqlUpgrade::pending_names() const {
  std::vector<std::string> names;
  names.reserve(plan_.pending.size());
  for (const PlannedMigration& planned : plan_.pending) names.push_back(planned.migration->label());
  return names;
}

std::vector<Field> SqlUpgrade::progress() const {
  std::vector<Field> fields{{"pending", plan_.pending.size()}, {"of", files_.all().size()}};
  if (plan_.unfinished_rollback) fields.emplace_back("next", "a rollback that is not finished");
  if (plan_.pending.empty()) return fields;
  fields.emplace_back("next", plan_.pending.front().migration->label());
  const auto row = std::ranges::find(rows_, plan_.pending.front().migration->key, &AppliedMigration::key);
  if (row == rows_.end()) return fields;
  fields.emplace_back("step", row->step);
  fields.emplace_back("steps", row->steps);
  return fields;
}

Error SqlUpgrade::behind() const {
  return {
      .code = ExitCode::gave_way,
      .message = std::format("the schema is behind: {} migration(s) pending{}", plan_.pending.size(),
                             plan_.pending.empty() ? "" : ", the first is " + plan_.pending.front().migration->label()),
      .hint = check_hint};
}

Result<> SqlUpgrade::check_poolable() const {
  for (const PlannedMigration& planned : plan_.pending) {
    if (auto possible = pge::check_poolable(planned.migration->label(), planned.migration->up); !possible) {
      return possible;
    }
  }
  return {};
}

Result<> SqlUpgrade::prepare_history(Turn& turn) {
  if (!turn.history.exists()) {
    std::vector<Query> queries = turn.history.creation_queries(turn.lock);
    queries.insert(queries.begin(), other_schemas_query(turn.history.table()));
    if (!settings_.allow_existing) queries.insert(queries.begin(), target_tables_query(turn.history.table()));
    if (auto asked = turn.session.ask_ahead(queries); !asked) return asked;
  }
  if (auto ours = check_target(turn.session, turn.history, {}); !ours) return ours;
  if (auto told = tell_other_schemas(turn); !told) return told;
  return turn.history.create(turn.lock);
}

/// The history has a turn of its own, before the first file's, so that it stays when that file fails.
Result<> SqlUpgrade::carry_out_next(Turn& turn) {
  if (!has_history_ || !turn.history.exists()) {
    has_history_ = true;
    return prepare_history(turn);
  }
  auto applied = apply_next(turn, plan_);
  if (applied) ++applied_;
  return applied;
}

Result<> SqlUpgrade::carry_out(Turn& turn) {
  tell_ahead();
  if (auto prepared = prepare_history(turn); !prepared) return prepared;
  auto done = apply(turn, plan_, applied_);
  if (done) log_.info("migrations applied", {{"count", applied_}});
  return done;
}

}  // namespace pge
