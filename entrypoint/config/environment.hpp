#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "core/error.hpp"

namespace pge {

/// Reads an environment variable; nullptr if it is not set. This is `std::getenv` except in tests.
using GetEnv = std::function<const char*(const char*)>;

/// Which variable names the database: MIGRATE_DATABASE_URL[_FILE] (a separate owner for migrating) before
/// DATABASE_URL[_FILE] before libpq's PG*. Fails with `configuration` when X and X_FILE are both set, when the
/// chosen one is empty, or when nothing at all says where the database is.
Result<DatabaseSource> find_database(const GetEnv& get);

/// The URL itself; a file is read anew at each call, and its trailing line ends go (as in the official images'
/// `file_env`). Empty when libpq's own variables say it all. Fails with `configuration`.
Result<std::string> read_database_url(const DatabaseSource& source);

/// Names in `environment` ("NAME=value") that begin with PG_ENTRYPOINT_ and are not among `known`. Variables that
/// Kubernetes injects for a Service called pg-entrypoint (…_PORT*, …_SERVICE_*) are not reported.
std::vector<std::string> unknown_variables(const std::vector<std::string>& environment,
                                           const std::vector<std::string>& known);

/// Whether there is a URL that the application must not see: MIGRATE_DATABASE_URL[_FILE].
bool has_migrating_url(char** environment) noexcept;
/// Whether it is the one that is used.
bool is_migrating_url(const DatabaseSource& source) noexcept;

/// Overwrite the values of MIGRATE_DATABASE_URL[_FILE] in the memory where the kernel put them, which /proc/1/environ
/// shows.
void forget_migrating_url(char** environment) noexcept;

/// The same in a copy of the environment; the entries are also removed.
void forget_migrating_url(std::vector<std::string>& environment) noexcept;

/// Overwrite and drop the URL.
void forget(DatabaseSource& source) noexcept;

/// The application's environment: all but MIGRATE_DATABASE_URL[_FILE] and PG_ENTRYPOINT_….
std::vector<std::string> application_environment(const std::vector<std::string>& environment);

}  // namespace pge
