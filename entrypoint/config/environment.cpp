#include "config/environment.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <format>
#include <optional>

#include "config/database_option.hpp"
#include "config/value_file.hpp"
#include "core/environment_list.hpp"

namespace pge {
namespace {

constexpr std::string_view prefix = "PG_ENTRYPOINT_";

constexpr auto migrating_urls = std::to_array<std::string_view>(
    {"MIGRATE_DATABASE_URL", "MIGRATE_DATABASE_URL_FILE", "PG_ENTRYPOINT_MIGRATE_DATABASE"});

bool names_migrating_url(std::string_view name) noexcept {
  return std::ranges::contains(migrating_urls, name);
}

bool holds_migrating_url(std::string_view entry) noexcept {
  return names_migrating_url(variable_name(entry));
}

/// X or X_FILE, as the official images' `file_env` has it: both set is an error.
Result<std::optional<DatabaseSource>> source(const GetEnv& get, const std::string& name) {
  const std::string file_name = name + "_FILE";
  const char* url = get(name.c_str());
  const char* file = get(file_name.c_str());
  if (url != nullptr && file != nullptr) {
    return fail(ExitCode::configuration, std::format("{} and {} are both set", name, file_name), "unset one of them");
  }
  if (url == nullptr && file == nullptr) return std::nullopt;
  const std::string& used = url != nullptr ? name : file_name;
  if ((url != nullptr ? *url : *file) == '\0') {
    return fail(ExitCode::configuration, std::format("{} is set but empty", used),
                "give it the database's URL, postgresql://user:***@host:5432/name, or unset it");
  }
  DatabaseSource found{.variable = used, .url = std::nullopt, .file = std::nullopt};
  (url != nullptr ? found.url : found.file) = url != nullptr ? url : file;
  return found;
}

/// A variable, and the option that says the same.
struct Place {
  std::string variable;
  std::string_view option;
  const std::string& text;
};

Result<std::optional<DatabaseSource>> source_at(const Place& place, const GetEnv& get, const std::string& scheme) {
  if (place.text.empty()) return source(get, place.variable);
  const auto named = names_in_database_option(place.text);
  for (const std::string& name : {place.variable, place.variable + "_FILE"}) {
    const char* value = get(name.c_str());
    if (value == nullptr || *value == '\0' || std::ranges::contains(named, place.variable)) continue;
    return fail(ExitCode::configuration, std::format("{} and {} are both given", place.option, name),
                std::format("leave out one of them, or name the variable: {} '${{{}}}'", place.option, place.variable));
  }
  auto found = read_database_option(place.text, place.option, get);
  if (!found) return fail(found.error());
  found->scheme = scheme;
  return *std::move(found);
}

Result<std::string> read_text(const DatabaseSource& source) {
  if (source.url) return *source.url;
  if (!source.file) return std::string();
  auto text = read_value_file(source.variable, *source.file);
  if (!text || !text->empty()) return text;
  return fail(ExitCode::configuration, std::format("{}: {} is empty", source.variable, *source.file),
              "put the database's URL into it");
}

Result<std::string> read_pieces(const DatabaseSource& source, const DatabaseField& field) {
  std::string value;
  for (const ValuePiece& piece : field.value) {
    value += piece.text;
    if (piece.file.empty()) continue;
    auto content = read_exact_value(source.variable, piece.file);
    if (!content) return content;
    if (content->empty()) {
      return fail(ExitCode::configuration,
                  std::format("{}: the file for {} is empty: {}", source.variable, field.name, piece.file),
                  "put the value into it");
    }
    value += *content;
  }
  return value;
}

bool forgets(std::string_view entry, const std::vector<std::string>& names) noexcept {
  return std::ranges::contains(names, variable_name(entry));
}

}  // namespace

Result<DatabaseSource> find_database(const GetEnv& get, const DatabaseOptions& options) {
  std::optional<DatabaseSource> used;
  const Place places[] = {{"MIGRATE_DATABASE_URL", migrate_database_option, options.migrate_database},
                          {"DATABASE_URL", "--database", options.database}};
  for (const Place& place : places) {
    // A contradiction between options and variables is one although the owner's database is used.
    if (used && place.text.empty()) continue;
    auto found = source_at(place, get, options.scheme);
    if (!found) return fail(found.error());
    if (!used) used = *std::move(found);
  }
  if (used) return *std::move(used);
  for (const char* name : {"PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE", "PGUSER"}) {
    const char* value = get(name);
    if (value != nullptr && *value != '\0') return DatabaseSource{.variable = "PG*", .url = {}, .file = {}};
  }
  return fail(ExitCode::configuration, "no database is configured",
              "set DATABASE_URL=postgresql://user:***@host:5432/name, or DATABASE_URL_FILE, or PGHOST and the "
              "other PG* variables of libpq; or name the variables that you have: --database 'host=${DB_HOST} …'");
}

Result<DatabaseText> read_database(const DatabaseSource& source) {
  if (source.fields.empty()) return read_text(source).transform([](std::string text) { return DatabaseText(text); });
  KeyValues pairs;
  for (const DatabaseField& field : source.fields) {
    auto value = read_pieces(source, field);
    if (!value) return fail(value.error());
    // Empty is as good as not said, for libpq too.
    if (!value->empty()) pairs.emplace_back(field.name, *std::move(value));
  }
  return pairs;
}

std::vector<std::string> unknown_variables(const std::vector<std::string>& environment,
                                           const std::vector<std::string>& known) {
  std::vector<std::string> unknown;
  for (const std::string& entry : environment) {
    const std::string_view name = variable_name(entry);
    if (!name.starts_with(prefix)) continue;
    if (name.starts_with("PG_ENTRYPOINT_PORT") || name.contains("_SERVICE_")) continue;
    if (std::ranges::find(known, name) == known.end()) unknown.emplace_back(name);
  }
  return unknown;
}

bool has_migrating_url(char** environment) noexcept {
  for (; *environment != nullptr; ++environment) {
    if (holds_migrating_url(*environment)) return true;
  }
  return false;
}

bool is_migrating_url(const DatabaseSource& source) noexcept {
  return names_migrating_url(source.variable) || source.variable == migrate_database_option;
}

std::vector<std::string> owners_variables(const DatabaseOptions& options) {
  std::vector<std::string> names(migrating_urls.begin(), migrating_urls.end());
  const auto applications = names_in_database_option(options.database);
  for (const std::string& name : secret_names_in_database_option(options.migrate_database)) {
    if (std::ranges::contains(applications, name)) continue;
    names.push_back(name);
    names.push_back(name + "_FILE");
  }
  return names;
}

void forget_variables(char** environment, const std::vector<std::string>& names) noexcept {
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry(*environment);
    if (!forgets(entry, names)) continue;
    const std::size_t value = std::min(entry.size(), variable_name(entry).size() + 1);
    explicit_bzero(*environment + value, entry.size() - value);
  }
}

void forget_variables(std::vector<std::string>& environment, const std::vector<std::string>& names) noexcept {
  std::erase_if(environment, [&](std::string& entry) {
    if (!forgets(entry, names)) return false;
    explicit_bzero(entry.data(), entry.size());
    return true;
  });
}

void forget(DatabaseSource& source) noexcept {
  if (source.url) explicit_bzero(source.url->data(), source.url->size());
  source.url.reset();
  source.file.reset();
  for (DatabaseField& field : source.fields) {
    for (ValuePiece& piece : field.value) explicit_bzero(piece.text.data(), piece.text.size());
  }
  source.fields.clear();
}

void forget(std::vector<std::string>& environment) noexcept {
  for (std::string& entry : environment) explicit_bzero(entry.data(), entry.size());
  environment.clear();
}

std::vector<std::string> application_environment(const std::vector<std::string>& environment) {
  std::vector<std::string> kept;
  for (const std::string& entry : environment) {
    const std::string_view name = variable_name(entry);
    if (holds_migrating_url(entry) || name.starts_with(prefix)) continue;
    kept.push_back(entry);
  }
  return kept;
}

}  // namespace pge
