#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/get_env.hpp"
#include "config/settings.hpp"
#include "core/error.hpp"

namespace pge {

/// The name of the option for the owner's database, as `DatabaseSource::variable` has it.
constexpr std::string_view migrate_database_option = "--migrate-database";

/// What --database or --migrate-database names: libpq's key=value pairs with placeholders, whose values are filled in
/// from the environment; or one placeholder for a URL. `option` is for messages, which never quote the text. Fails with
/// `configuration`: it cannot be read, a placeholder cannot be filled in, or the host, the user or the database is
/// empty.
Result<DatabaseSource> read_database_option(std::string_view text, std::string_view option, const GetEnv& get);

/// The names of variables in such a text.
std::vector<std::string> names_in_database_option(std::string_view text);

/// Those of them that hold a secret: what is part of a password, or a whole URL.
std::vector<std::string> secret_names_in_database_option(std::string_view text);

}  // namespace pge
