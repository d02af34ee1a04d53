#include "cli/environment_options.hpp"

#include <algorithm>
#include <cctype>
#include <format>
#include <string_view>

#include "core/environment_list.hpp"

namespace pge {
namespace {

std::unexpected<Error> usage(std::string message, std::string hint) {
  return fail(ExitCode::usage, std::move(message), std::move(hint));
}

constexpr const char* needs_database =
    "a command beside the application (docker exec … status) sees the image's ENV, but no flags of its ENTRYPOINT: "
    "give "
    "the database there, in PG_ENTRYPOINT_DATABASE";

bool is_ours(std::string_view name) {
  return name.starts_with("PG_ENTRYPOINT_") || name.starts_with("MIGRATE_DATABASE_URL");
}

/// The first word of a URL (RFC 3986, "Scheme").
bool is_scheme(std::string_view text) {
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '-' || c == '.' || c == '_';
  };
  return std::isalpha(static_cast<unsigned char>(text.front())) != 0 && std::ranges::all_of(text, fits);
}

Result<> check_export(const DatabaseOptions& database) {
  const std::string& name = database.export_name;
  if (!name.empty() && (!is_variable_name(name) || is_ours(name))) {
    return usage(std::format("--export-database-url: the application can get no variable '{}'", name),
                 "write a variable's name, for example DATABASE_URL");
  }
  if (!name.empty() && database.database.empty())
    return usage("--export-database-url needs --database", needs_database);
  if (database.scheme.empty()) return {};
  if (!is_scheme(database.scheme)) {
    return usage(std::format("--export-database-scheme: '{}' is not the first word of a URL", database.scheme),
                 "write it without ://, for example postgresql+asyncpg");
  }
  if (database.database.empty() && database.migrate_database.empty()) {
    return usage("--export-database-scheme needs --database or --migrate-database", needs_database);
  }
  return {};
}

Result<> check_names(const ServingSettings& serving) {
  for (const std::string& pattern : serving.file_env) {
    const std::string_view name =
        std::string_view(pattern).substr(0, pattern.size() - (pattern.ends_with('*') ? 1 : 0));
    if (is_variable_name(name)) continue;
    return usage(std::format("--file-env: '{}' is neither a variable's name nor the beginning of one", pattern),
                 "write NAME without _FILE, or PREFIX* (in quotes, where a shell reads it)");
  }
  for (const std::string& name : serving.unset_env) {
    if (name.contains('=')) return usage("--unset-env: a variable's name has no '='", "write only the name");
  }
  return {};
}

}  // namespace

Result<> check_environment_options(const Settings& settings, const std::string& hint) {
  if (auto sound = check_export(settings.database); !sound) return sound;
  if (std::ranges::contains(settings.serving.unset_env, settings.database.export_name)) {
    return usage(std::format("--unset-env and --export-database-url both name {}", settings.database.export_name),
                 hint);
  }
  return check_names(settings.serving);
}

}  // namespace pge
