#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "alembic/python_call.hpp"
#include "alembic/version_table.hpp"

namespace pge {

/// What one call of `context.configure` says of the version table.
struct ConfigureCall {
  VersionTableChoice choice = {};
  std::set<std::string> keys = {};  ///< `version_table` and `version_table_schema`, as far as the call has them
};

/// Read the arguments of a call of `context.configure` that serves a connection. `flask_names` are env.py's names for
/// Flask-Migrate's arguments. `choice.doubt` has the first reason why the table is not certain.
ConfigureCall read_configure_call(const std::vector<PythonArgument>& arguments, const MainOptions& options,
                                  const std::set<std::string>& flask_names);

/// Whether these are the arguments of Flask-Migrate: `current_app.extensions['migrate'].configure_args`.
bool are_flask_arguments(std::span<const PythonToken> value);

}  // namespace pge
