#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/get_env.hpp"
#include "config/settings.hpp"
#include "core/error.hpp"
#include "core/key_values.hpp"

namespace pge {

/// What names the database: --migrate-database or MIGRATE_DATABASE_URL[_FILE] (a separate owner for migrating) before
/// --database or DATABASE_URL[_FILE] before libpq's PG*. Fails with `configuration` when X and X_FILE are both set,
/// when an option and a variable that it does not name say the same thing, when the chosen one is empty, or when
/// nothing at all says where the database is.
Result<DatabaseSource> find_database(const GetEnv& get, const DatabaseOptions& options = {});

/// A URL or connection string as it was spelled, or libpq's parameters with their values.
using DatabaseText = std::variant<std::string, KeyValues>;

/// What `source` says; files are read anew at each call, and their trailing line ends go (as in the official images'
/// `file_env`). An empty text when libpq's own variables say it all. Fails with `configuration`.
Result<DatabaseText> read_database(const DatabaseSource& source);

/// Names in `environment` ("NAME=value") that begin with PG_ENTRYPOINT_ and are not among `known`. Variables that
/// Kubernetes injects for a Service called pg-entrypoint (…_PORT*, …_SERVICE_*) are not reported.
std::vector<std::string> unknown_variables(const std::vector<std::string>& environment,
                                           const std::vector<std::string>& known);

/// Whether there is a URL that the application must not see: MIGRATE_DATABASE_URL[_FILE], or what
/// PG_ENTRYPOINT_MIGRATE_DATABASE says.
bool has_migrating_url(char** environment) noexcept;
/// Whether the owner's database is the one that is used.
bool is_migrating_url(const DatabaseSource& source) noexcept;

/// The variables with the owner's secrets: those of `has_migrating_url`, and what --migrate-database names as a URL or
/// a part of a password, with the names of their files. What --database names too is the application's.
std::vector<std::string> owners_variables(const DatabaseOptions& options);

/// Overwrite the values of variables in the memory where the kernel put them, which /proc/1/environ shows.
void forget_variables(char** environment, const std::vector<std::string>& names) noexcept;

/// The same in a copy of the environment; the entries are also removed.
void forget_variables(std::vector<std::string>& environment, const std::vector<std::string>& names) noexcept;

/// Overwrite and drop the URL.
void forget(DatabaseSource& source) noexcept;
/// Overwrite and drop all entries.
void forget(std::vector<std::string>& environment) noexcept;

/// The application's environment: all but MIGRATE_DATABASE_URL[_FILE] and PG_ENTRYPOINT_….
std::vector<std::string> application_environment(const std::vector<std::string>& environment);

}  // namespace pge
