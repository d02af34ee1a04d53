#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace pge {

/// The table in which Alembic keeps the revisions of a database.
struct VersionTable {
  std::string name = "alembic_version";
  std::string schema = {};  ///< empty: the connection's search_path decides
};

/// What a project's env.py says of its version table.
struct VersionTableChoice {
  VersionTable table = {};
  std::string doubt = {};       ///< why it is not certain; the table counts for nothing then
  std::string assumption = {};  ///< what the table rests on, where it is not env.py that decides
};

/// A section of alembic.ini, as env.py can ask for it.
using MainOptions = std::map<std::string, std::string>;

/// Read env.py without Python. The table is certain when each `context.configure` for a connection names it in plain
/// strings, or by `config.get_main_option("version_table")`, or not at all; and when nothing in env.py could move it:
/// a search_path, SET SCHEMA, arguments from a mapping (`**options`), a helper that receives `context`.
VersionTableChoice find_version_table(std::string_view env, const MainOptions& options);

/// Whether env.py is one of Flask-Migrate's: its settings come from `current_app.extensions['migrate']`.
bool is_flask_migrate(std::string_view env);

/// "[SCHEMA.]NAME", as --alembic-version-table takes it. Fails with `usage`.
Result<VersionTable> parse_version_table(const std::string& text);

/// The query for the revisions that a database is at, in a fixed order.
std::string version_query(const VersionTable& table);

}  // namespace pge
