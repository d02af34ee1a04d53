#include "migrator/alembic_project.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string_view>

#include "alembic/revision_files.hpp"
#include "core/environment_list.hpp"
#include "process/command.hpp"

namespace pge {
namespace {

/// `alembic …` and `python3 -m alembic …`.
bool runs_alembic(const std::vector<std::string>& words) {
  if (words.empty()) return false;
  if (std::filesystem::path(words.front()).filename() == "alembic") return true;
  const auto module = std::ranges::find(words, "-m");
  return module != words.end() && std::next(module) != words.end() && *std::next(module) == "alembic";
}

/// The value of `-c FILE`, `-cFILE`, `--config FILE` or `--config=FILE`.
std::string option_value(const std::vector<std::string>& words, std::string_view brief, std::string_view full) {
  for (auto word = words.begin(); word != words.end(); ++word) {
    if ((*word == brief || *word == full) && std::next(word) != words.end()) return *std::next(word);
    if (word->starts_with(std::string(full) + "=")) return word->substr(full.size() + 1);
    if (word->starts_with(brief) && word->size() > brief.size() && !word->starts_with("--")) {
      return word->substr(brief.size());
    }
  }
  return "";
}

}  // namespace

std::vector<std::string> AlembicProject::inputs() const {
  std::vector<std::string> paths = config.files;
  paths.push_back(config.script_location);
  // Those below the script location too: one of them may be a link, which is not followed there.
  paths.insert(paths.end(), config.version_locations.begin(), config.version_locations.end());
  return paths;
}

bool wants_one_head(const std::vector<std::string>& migrator_words) {
  return std::ranges::contains(migrator_words, "upgrade") && std::ranges::contains(migrator_words, "head");
}

std::optional<AlembicChoice> choose_alembic(const std::string& given, const std::vector<std::string>& migrator_words,
                                            const std::vector<std::string>& environment) {
  const bool is_alembic = runs_alembic(migrator_words);
  AlembicChoice choice;
  if (is_alembic) {
    choice.where = option_value(migrator_words, "-c", "--config");
    if (const std::string section = option_value(migrator_words, "-n", "--name"); !section.empty()) {
      choice.section = section;
    }
  }
  if (!given.empty()) choice.where = given;
  if (!choice.where.empty()) return choice;
  if (!migrator_words.empty() && !is_alembic) return std::nullopt;
  const char* configured = variable_value(environment, "ALEMBIC_CONFIG");
  choice.where = configured != nullptr ? configured : find_alembic_config();
  if (choice.where.empty() && is_alembic) choice.where = "alembic.ini";
  return choice.where.empty() ? std::nullopt : std::optional(choice);
}

Result<AlembicProject> open_alembic(const AlembicChoice& choice) {
  auto config = read_alembic_config(choice.where, choice.section);
  if (!config) return std::unexpected(config.error());
  auto graph = read_revisions(*config);
  if (!graph) return std::unexpected(graph.error());
  return AlembicProject{.config = *std::move(config), .graph = *std::move(graph)};
}

Result<std::vector<std::string>> read_alembic_version(Session& session, const AlembicConfig& config) {
  if (config.state_query.empty()) {
    return fail({.code = ExitCode::configuration,
                 .message = "the name of Alembic's version table is computed and cannot be known without Python",
                 .hint = "write version_table and version_table_schema as plain strings, in env.py or beside "
                         "script_location",
                 .where = {.file = config.script_location + "/env.py"}});
  }
  auto rows = session.query(config.state_query);
  std::vector<std::string> current;
  if (!rows && rows.error().sqlstate != "42P01") return std::unexpected(rows.error());
  for (std::size_t i = 0; rows && i < rows->size(); ++i) current.push_back(rows->text(i, 0));
  return current;
}

}  // namespace pge
