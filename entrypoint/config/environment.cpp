#include "config/environment.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <format>
#include <optional>

#include "core/environment_list.hpp"
#include "core/file.hpp"

namespace pge {
namespace {

constexpr std::string_view prefix = "PG_ENTRYPOINT_";

bool names_migrating_url(std::string_view name) noexcept {
  return name == "MIGRATE_DATABASE_URL" || name == "MIGRATE_DATABASE_URL_FILE";
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

}  // namespace

Result<DatabaseSource> find_database(const GetEnv& get) {
  for (const char* name : {"MIGRATE_DATABASE_URL", "DATABASE_URL"}) {
    auto found = source(get, name);
    if (!found) return fail(found.error());
    if (std::optional<DatabaseSource>& source_found = *found) return std::move(*source_found);
  }
  for (const char* name : {"PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE", "PGUSER"}) {
    const char* value = get(name);
    if (value != nullptr && *value != '\0') return DatabaseSource{.variable = "PG*", .url = {}, .file = {}};
  }
  return fail(ExitCode::configuration, "no database is configured",
              "set DATABASE_URL=postgresql://user:***@host:5432/name, or DATABASE_URL_FILE, or PGHOST and the "
              "other PG* variables of libpq");
}

Result<std::string> read_database_url(const DatabaseSource& source) {
  if (source.url) return *source.url;
  if (!source.file) return std::string();
  auto text = read_file(*source.file);
  if (!text) {
    return fail(ExitCode::configuration,
                std::format("{}: {} cannot be read: {}", source.variable, *source.file, text.error().message()),
                "is the secret mounted, and readable by the user that this container starts as?");
  }
  while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
  if (text->empty()) {
    return fail(ExitCode::configuration, std::format("{}: {} is empty", source.variable, *source.file),
                "put the database's URL into it");
  }
  return *std::move(text);
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
  return names_migrating_url(source.variable);
}

void forget_migrating_url(char** environment) noexcept {
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry(*environment);
    if (!holds_migrating_url(entry)) continue;
    const std::size_t value = std::min(entry.size(), variable_name(entry).size() + 1);
    explicit_bzero(*environment + value, entry.size() - value);
  }
}

void forget_migrating_url(std::vector<std::string>& environment) noexcept {
  std::erase_if(environment, [](std::string& entry) {
    if (!holds_migrating_url(entry)) return false;
    explicit_bzero(entry.data(), entry.size());
    return true;
  });
}

void forget(DatabaseSource& source) noexcept {
  if (source.url) explicit_bzero(source.url->data(), source.url->size());
  source.url.reset();
  source.file.reset();
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
