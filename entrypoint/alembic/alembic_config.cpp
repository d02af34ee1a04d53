#include "alembic/alembic_config.hpp"

#include <algorithm>
#include <filesystem>
#include <format>
#include <optional>

#include "alembic/config_values.hpp"
#include "alembic/interpolation.hpp"
#include "alembic/version_table.hpp"
#include "core/file.hpp"
#include "core/strings.hpp"
#include "core/text.hpp"

namespace pge {
namespace {

namespace fs = std::filesystem;

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::optional<std::string> content_of(const std::string& path) {
  auto text = read_regular_file(path);
  if (!text) return std::nullopt;
  normalise_line_ends(*text);
  return *std::move(text);
}

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\n") == std::string::npos;
}

std::string first(const ConfigValues& values, const std::string& key) {
  const auto found = values.find(key);
  return found == values.end() || found->second.empty() ? "" : found->second.front();
}

std::unexpected<Error> unreadable(const std::string& path, std::string message, std::string hint) {
  return fail({.code = ExitCode::configuration,
               .message = std::move(message),
               .hint = std::move(hint),
               .where = {.file = path}});
}

std::vector<std::string> trimmed_parts(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  for (const std::string& part : split(text, separators)) {
    if (const std::string_view trimmed = trim(part); !trimmed.empty()) parts.emplace_back(trimmed);
  }
  return parts;
}

/// Which characters separate several folders; nothing for a word that Alembic does not know.
std::optional<std::string_view> separators(const ConfigValues& values) {
  std::string name = first(values, "path_separator");
  if (name.empty()) name = first(values, "version_path_separator");
  if (name.empty()) return ", \n";
  if (name == "os" || name == ":") return ":";
  if (name == "space") return " \n";
  if (name == "newline") return "\n";
  if (name == ";") return ";";
  return std::nullopt;
}

/// "package:folder" names a folder inside an installed Python package.
std::unexpected<Error> in_package(const std::string& path, const std::string& location) {
  return unreadable(path, std::format("{} is inside a Python package, which cannot be found without Python", location),
                    "write it as a folder: %(here)s/migrations");
}

Result<> read_locations(AlembicConfig& config, const std::string& path, const ConfigValues& values) {
  config.script_location = first(values, "script_location");
  if (config.script_location.empty()) {
    return unreadable(path, "script_location is not set", "set it to the folder with env.py");
  }
  if (config.script_location.contains(':')) return in_package(path, config.script_location);
  if (first(values, "sourceless") == "true") {
    return unreadable(path, "sourceless = true: revisions without source cannot be read without Python",
                      "keep the .py files, or give --migrator-inputs and --migrator-state");
  }
  const auto given = values.find("version_locations");
  if (given == values.end() || std::ranges::all_of(given->second, is_blank)) {
    config.version_locations = {config.script_location + "/versions"};
    return {};
  }
  const auto separator = separators(values);
  if (!separator) {
    return unreadable(path, "Alembic does not know this path separator", "write os, space or newline");
  }
  const bool is_list = given->second.size() > 1 || path.ends_with(".toml");
  config.version_locations = is_list ? given->second : trimmed_parts(given->second.front(), *separator);
  for (const std::string& location : config.version_locations) {
    if (location.contains(':')) return in_package(path, location);
  }
  return {};
}

void read_version_table(AlembicConfig& config, const MainOptions& options) {
  const auto env = content_of(config.script_location + "/env.py");
  const VersionTableChoice choice =
      env ? find_version_table(*env, options) : VersionTableChoice{.doubt = "env.py cannot be read"};
  config.table_doubt = choice.doubt;
  config.table_assumption = choice.assumption;
  if (choice.doubt.empty()) config.state_query = version_query(choice.table);
}

/// What `config.get_main_option` gives: settings of the ini, but none of a pyproject.toml.
MainOptions main_options(const std::string& path, const ConfigValues& values) {
  MainOptions options;
  if (path.ends_with(".toml")) return options;
  for (const auto& [key, value] : values) options.emplace(key, value.front());
  return options;
}

Result<AlembicConfig> from_values(const std::string& path, const ConfigValues& values, const MainOptions& options) {
  AlembicConfig config;
  if (!path.empty()) config.files.push_back(path);
  if (auto done = read_locations(config, path, values); !done) return fail(done.error());
  config.recursive = first(values, "recursive_version_locations") == "true";
  read_version_table(config, options);
  return config;
}

}  // namespace

Result<AlembicConfig> read_alembic_config(const std::string& where, const std::string& section,
                                          const AlembicOverrides& overrides) {
  std::error_code ignored;
  if (fs::is_directory(where, ignored)) {
    for (const char* name : {"/alembic.ini", "/pyproject.toml"}) {
      if (exists(where + name)) return read_alembic_config(where + name, section, overrides);
    }
    if (!exists(where + "/env.py")) {
      return fail(ExitCode::no_input, std::format("{} has neither alembic.ini nor pyproject.toml nor env.py", where),
                  "point --alembic to one of them, or to the folder with env.py");
    }
    return from_values("", {{"script_location", {where}}}, {});
  }
  const auto text = content_of(where);
  if (!text) {
    return fail(ExitCode::no_input, std::format("{} cannot be read", where),
                "point --alembic to alembic.ini, pyproject.toml, or the folder with env.py");
  }
  auto values = where.ends_with(".toml") ? parse_pyproject({where, *text}) : parse_ini({where, *text}, section);
  if (!values) return fail(values.error());
  const std::string beside = overrides.pyproject.empty() ? folder_of(where) + "/pyproject.toml" : overrides.pyproject;
  const bool is_alone = where.ends_with(".toml") || !overrides.script_location.empty();
  const auto more = is_alone ? std::nullopt : content_of(beside);
  auto added = more ? parse_pyproject({beside, *more}) : ConfigValues{};
  if (!added) return fail(added.error());
  const MainOptions options = main_options(where, *values);
  const bool completes = !added->empty();
  values->merge(*added);
  if (!overrides.script_location.empty()) {
    (*values)["script_location"] = {overrides.script_location};
  } else if (first(*values, "script_location").empty() && has_flask_layout(where)) {
    (*values)["script_location"] = {folder_of(where)};
  }
  auto config = from_values(where, *values, options);
  if (config && completes) config->files.push_back(beside);
  return config;
}

bool has_flask_layout(const std::string& ini) {
  const auto env = content_of(folder_of(ini) + "/env.py");
  return env && is_flask_migrate(*env);
}

std::string find_alembic_config(const std::string& ini, const std::string& pyproject) {
  if (exists(ini)) return ini;
  const auto text = content_of(pyproject);
  if (!text || !text->contains("alembic")) return "";
  if (text->contains("[tool.alembic]")) return pyproject;
  const auto values = parse_pyproject({pyproject, *text});
  return !values || !values->empty() ? pyproject : "";
}

}  // namespace pge
