#include "migrator/migrator_project.hpp"

#include <algorithm>
#include <format>

#include "alembic/alembic_command.hpp"
#include "alembic/version_table.hpp"
#include "core/strings.hpp"
#include "migrator/inputs.hpp"
#include "migrator/shell_words.hpp"

namespace pge {
namespace {

std::vector<std::string> scope_of(const AlembicChoice& choice) {
  std::vector<std::string> scope{choice.section, choice.version_table};
  if (choice.command) scope.insert(scope.end(), choice.command->x_arguments.begin(), choice.command->x_arguments.end());
  return scope;
}

class ProjectReader {
 public:
  ProjectReader(MigratorProject& project, const MigratorSettings& settings, const std::vector<std::string>& environment,
                Events& events)
      : project_(project), settings_(settings), environment_(environment), events_(events) {}

  Result<> read() {
    find_alembic();
    if (project_.state_query.empty() && project_.alembic) project_.state_query = project_.alembic->config.state_query;
    if (project_.state_query.empty() && !settings_.alembic_version_table.empty()) {
      const auto table = parse_version_table(settings_.alembic_version_table);
      if (!table) return fail(table.error());
      project_.state_query = version_query(*table);
    }
    if (!settings_.cache || runs_always_) return {};
    if (plain_alembic_) judge_by_graph();
    return take_inputs();
  }

 private:
  /// Whoever names inputs and state knows what the migrator does.
  bool is_described() const { return !settings_.inputs.empty() && !settings_.state_query.empty(); }

  void find_alembic() {
    const auto choice = choose_alembic(settings_, project_.words, environment_);
    if (!choice || !choice->command) return pass_by_alembic();
    project_.scope = scope_of(*choice);
    if (!choice->doubt.empty()) {
      const bool may_upgrade = choice->command->subcommand.empty() || choice->command->subcommand == "upgrade";
      if (!settings_.cache || (is_described() && may_upgrade)) return;
      runs_always_ = true;
      events_.warning(
          "the migrator runs at every start, because it is not certain what its command does: " + choice->doubt,
          {{"migrator", command_line_of(project_.words)},
           {"hint",
            "write it plainly, like alembic -c FILE upgrade head; or give --migrator-inputs and "
            "--migrator-state"}});
      return;
    }
    plain_alembic_ = choice->command->is_plain_upgrade();
    if (!plain_alembic_ && settings_.cache) {
      runs_always_ = true;
      events_.info(
          "the migrator runs at every start: of Alembic's commands only upgrade head and upgrade heads are judged",
          {{"migrator", command_line_of(project_.words)}});
    }
    read_alembic(*choice);
  }

  /// Behind a shell, a script or another program Alembic may be one step of several, so its revisions do not say
  /// whether the whole command has something to do.
  void pass_by_alembic() {
    if (!settings_.alembic.empty()) {
      const auto found = open_alembic({.where = settings_.alembic});
      if (!found) tell_unreadable(found.error());
    }
    // Whoever has begun to name inputs or a state is told below what is missing.
    if (!settings_.cache || !settings_.inputs.empty() || !settings_.state_query.empty()) return;
    if (settings_.alembic.empty() && !mentions_alembic(project_.words)) return;
    runs_always_ = true;
    events_.warning("the migrator runs at every start: Alembic is not judged behind another program",
                    {{"migrator", command_line_of(project_.words)},
                     {"hint",
                      "write alembic upgrade head alone; or say what the whole command depends on, with "
                      "--migrator-inputs and --migrator-state; or --migrator-cache=off, if it shall run each time"}});
  }

  void tell_unreadable(const Error& error) {
    std::vector<Field> fields;
    if (std::string at = error.where.to_string(); !at.empty()) fields.emplace_back("at", std::move(at));
    if (!error.hint.empty()) fields.emplace_back("hint", error.hint);
    project_.unreadable = error;
    events_.event(Level::warning, "Alembic's files could not be read without Python: " + error.message, fields);
  }

  void read_alembic(const AlembicChoice& choice) {
    auto found = open_alembic(choice);
    if (!found) {
      tell_unreadable(found.error());
      if (plain_alembic_ && !is_described()) project_.no_judgement = found.error();
      // Inputs and a state would help, but that is not what is missing.
      if (settings_.inputs.empty() && settings_.state_query.empty()) runs_always_ = true;
      return;
    }
    project_.alembic = *std::move(found);
    if (choice.wants_one_head) project_.several_heads = pge::several_heads(project_.alembic->graph);
  }

  /// Only the result of Alembic's own query can be compared with its files.
  void judge_by_graph() {
    if (!project_.alembic || project_.state_query != project_.alembic->config.state_query) return;
    if (const auto none = no_revisions(*project_.alembic)) {
      events_.warning("the migrator runs at every start: " + none->message, {{"hint", none->hint}});
      project_.no_judgement = *none;
      runs_always_ = true;
    } else if (project_.state_query.empty()) {
      const Error uncertain = uncertain_table(project_.alembic->config);
      events_.warning("the migrator runs at every start, because its version table is not certain: " +
                          project_.alembic->config.table_doubt,
                      {{"hint", uncertain.hint}});
      project_.no_judgement = uncertain;
      runs_always_ = true;
    } else {
      project_.by_graph = true;
      if (!project_.alembic->config.table_assumption.empty()) {
        events_.info("Alembic's version table is alembic_version, " + project_.alembic->config.table_assumption,
                     {{"hint", "--alembic-version-table [SCHEMA.]NAME says another one"}});
      }
    }
  }

  /// What there is no record without, where no file is among the inputs.
  void tell_missing() {
    const bool has_state = !project_.state_query.empty();
    if (settings_.inputs.empty()) {
      const char* const and_more = has_state ? " is" : " and --migrator-state are";
      events_.info(std::format("the migrator runs at every start: --migrator-inputs{} not set", and_more));
    } else {
      const char* const and_more = has_state ? "" : ", and --migrator-state is not set";
      events_.info(
          std::format("the migrator runs at every start: --migrator-inputs names no file or folder{}", and_more));
    }
  }

  /// The digest of the inputs. With a graph only those that the user names count, besides the graph.
  Result<> take_inputs() {
    if (runs_always_ || (project_.by_graph && settings_.inputs.empty())) return {};
    MigratorInputs inputs = inputs_of(settings_.inputs);
    if (!project_.by_graph && inputs.paths.empty() && project_.alembic) inputs.paths = project_.alembic->inputs();
    const bool without_files = inputs.paths.empty() && !project_.by_graph;
    if (without_files) {
      tell_missing();
      return {};
    }
    auto digested = digest_inputs(inputs, environment_);
    if (!digested && settings_.inputs.empty()) {
      events_.warning("the migrator runs at every start, because its inputs cannot be read: " +
                      digested.error().message);
    } else if (!digested) {
      return fail(digested.error());
    } else if (project_.state_query.empty()) {
      events_.info("the migrator runs at every start: --migrator-state is not set");
    } else {
      project_.inputs = *std::move(digested);
    }
    return {};
  }

  MigratorProject& project_;
  const MigratorSettings& settings_;
  const std::vector<std::string>& environment_;
  Events& events_;
  bool plain_alembic_ = false;
  bool runs_always_ = false;  ///< and the log has said why
};

}  // namespace

std::string MigratorProject::application(const std::string& history_table) const {
  std::vector<std::string> parts{history_table, state_query};
  parts.insert(parts.end(), scope.begin(), scope.end());
  return digest_words(parts);
}

Result<MigratorProject> MigratorProject::open(const MigratorSettings& settings,
                                              const std::vector<std::string>& environment, Events& events) {
  auto words = split_words(settings.command_line);
  if (!words) return fail(words.error());
  MigratorProject project{.words = *std::move(words), .state_query = settings.state_query};
  if (auto read = ProjectReader(project, settings, environment, events).read(); !read) return fail(read.error());
  return project;
}

MigratorProject MigratorProject::look_at(AlembicProject alembic, const AlembicChoice& choice) {
  MigratorProject project{.words = {"alembic", "upgrade", "head"}, .scope = scope_of(choice)};
  project.several_heads = pge::several_heads(alembic.graph);
  project.no_judgement = no_revisions(alembic);
  if (!project.no_judgement && alembic.config.state_query.empty())
    project.no_judgement = uncertain_table(alembic.config);
  project.by_graph = !project.no_judgement;
  project.state_query = alembic.config.state_query;
  project.alembic = std::move(alembic);
  return project;
}

}  // namespace pge
