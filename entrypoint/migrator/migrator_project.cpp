#include "migrator/migrator_project.hpp"

#include <format>

#include "alembic/version_table.hpp"
#include "core/strings.hpp"
#include "migrator/inputs.hpp"
#include "migrator/shell_words.hpp"
#include "process/command.hpp"

namespace pge {
namespace {

/// The Alembic project; `certain` is false where it is not known which one the command reads.
Result<> find_alembic(MigratorProject& project, const MigratorSettings& settings,
                      const std::vector<std::string>& environment, Events& events, bool& certain) {
  const auto choice = choose_alembic(settings, project.words, environment);
  if (!choice) return {};
  if (!choice->doubt.empty()) {
    // Whoever names inputs and state knows them.
    certain = !settings.cache || (!settings.inputs.empty() && !settings.state_query.empty());
    if (certain) return {};
    events.warning(
        "the migrator runs at every start, because it is not certain what its command does: " + choice->doubt,
        {{"migrator", joined(project.words, " ")},
         {"hint",
          "write it plainly, like alembic -c FILE upgrade head; or give --migrator-inputs and "
          "--migrator-state"}});
    return {};
  }
  auto found = open_alembic(*choice);
  if (!found) {
    events.warning("Alembic's files could not be read without Python: " + found.error().message,
                   {{"at", found.error().where.to_string()}, {"hint", found.error().hint}});
    return {};
  }
  project.alembic = *std::move(found);
  const auto several = several_heads(project.alembic->graph);
  if (several && choice->wants_one_head) return fail(*several);
  return {};
}

/// The digest of the inputs; where they are not known, there is none and the migrator runs each time.
Result<> take_digest(MigratorProject& project, const MigratorSettings& settings, Events& events) {
  std::vector<std::string> paths = settings.inputs;
  if (paths.empty() && project.alembic) paths = project.alembic->inputs();
  if (paths.empty()) {
    events.info(std::format("the migrator runs at every start: a receipt needs --migrator-inputs{}",
                            project.state_query.empty() ? " and --migrator-state" : ""));
    return {};
  }
  auto digested = digest_inputs({.words = project.words, .state_query = project.state_query, .paths = paths});
  if (digested && project.state_query.empty() && project.alembic) {
    events.warning("the migrator runs at every start, because its version table is not certain: " +
                       project.alembic->config.table_doubt,
                   {{"hint", "--alembic-version-table [SCHEMA.]NAME says which one it is"}});
  } else if (digested && project.state_query.empty()) {
    events.info("the migrator runs at every start: a receipt needs --migrator-state");
  } else if (digested) {
    project.digest = *std::move(digested);
    const bool assumed = project.alembic && project.state_query == project.alembic->config.state_query &&
                         !project.alembic->config.table_assumption.empty();
    if (assumed) {
      events.info("Alembic's version table is alembic_version, " + project.alembic->config.table_assumption,
                  {{"hint", "--alembic-version-table [SCHEMA.]NAME says another one"}});
    }
  } else if (settings.inputs.empty()) {
    events.warning("the migrator runs at every start, because its inputs cannot be read: " + digested.error().message);
  } else {
    return fail(digested.error());
  }
  return {};
}

}  // namespace

Result<MigratorProject> MigratorProject::open(const MigratorSettings& settings,
                                              const std::vector<std::string>& environment, Events& events) {
  auto words = split_words(settings.command_line);
  if (!words) return fail(words.error());
  MigratorProject project{.words = *std::move(words), .alembic = {}, .state_query = settings.state_query, .digest = {}};
  const auto found = find_candidates({.argv = project.words, .environment = environment});
  if (!found) return fail(found.error());
  bool certain = true;
  if (auto known = find_alembic(project, settings, environment, events, certain); !known) return fail(known.error());
  if (project.state_query.empty() && project.alembic) project.state_query = project.alembic->config.state_query;
  if (project.state_query.empty() && !settings.alembic_version_table.empty()) {
    const auto table = parse_version_table(settings.alembic_version_table);
    if (!table) return fail(table.error());
    project.state_query = version_query(*table);
  }
  if (!settings.cache || !certain) return project;
  if (auto digested = take_digest(project, settings, events); !digested) return fail(digested.error());
  return project;
}

Result<MigratorState> MigratorProject::read_state(Session& session) const {
  MigratorState state;
  if (state_query.empty()) return state;
  auto rows = session.query(state_query);
  if (!rows) {
    if (rows.error().may_reconnect() || rows.error().is_stop()) return fail(rows.error());
    state.unreadable = rows.error().message;
    return state;
  }
  std::string text;
  for (std::size_t row = 0; row < rows->size(); ++row) {
    for (std::size_t column = 0; column < rows->columns(); ++column) {
      text += (column > 0 ? "\t" : "") + rows->text(row, column);
    }
    text += '\n';
  }
  state.text = std::move(text);
  return state;
}

}  // namespace pge
