#include "commands/alembic_look.hpp"

#include "migrator/shell_words.hpp"
#include "run/migrator_upgrade.hpp"
#include "run/sql_upgrade.hpp"

namespace pge {

Result<std::optional<ChosenAlembic>> find_alembic_project(const Context& context, const StopToken& stop) {
  const DeliverStops deliver(stop);
  const Settings& settings = context.settings;
  std::vector<std::string> words;
  if (!settings.migrator.command_line.empty()) {
    auto split = split_words(settings.migrator.command_line);
    if (!split) return fail(split.error());
    words = *std::move(split);
  } else if (settings.migrator.alembic.empty()) {
    if (!settings.migrating.directory.empty() || SqlUpgrade::has_files(settings.migrating)) return std::nullopt;
  }
  const auto choice = choose_alembic(settings.migrator, words, context.environment);
  if (!choice || (!choice->doubt.empty() && settings.migrator.alembic.empty())) return std::nullopt;
  auto project = open_alembic(*choice);
  if (!project) return fail(project.error());
  return std::optional(ChosenAlembic{.choice = *choice, .project = *std::move(project)});
}

Result<AlembicStatus> read_alembic_status(Session& session, const AlembicProject& project) {
  auto current = read_alembic_version(session, project.config);
  if (!current) return fail(current.error());
  return describe_alembic(project.graph, *std::move(current));
}

Result<std::unique_ptr<Upgrade>> open_for_look(const Context& context, Purpose purpose, const StopToken& stop) {
  std::optional<ChosenAlembic> alembic;
  if (context.settings.migrator.command_line.empty()) {
    auto found = find_alembic_project(context, stop);
    if (!found) return fail(found.error());
    alembic = *std::move(found);
  }
  if (!alembic) {
    auto upgrade = open_upgrade(context, purpose, stop);
    if (!upgrade) return upgrade;
    // A question is in no hurry, so what is wrong is told before the database is asked.
    const auto read = finish_reading(**upgrade, stop);
    return read ? std::move(upgrade) : fail(read.error());
  }
  MigratorProject project = MigratorProject::look_at(std::move(alembic->project), alembic->choice);
  if (project.several_heads) return fail(*project.several_heads);
  return std::make_unique<MigratorUpgrade>(context, purpose, std::move(project));
}

}  // namespace pge
