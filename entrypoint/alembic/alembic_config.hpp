#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace pge {

/// The part of Alembic's configuration that is needed here.
struct AlembicConfig {
  std::vector<std::string> files = {};              ///< ini, pyproject; none when only a folder was given
  std::string script_location = {};                 ///< the folder with env.py
  std::vector<std::string> version_locations = {};  ///< the folders with the revisions
  bool recursive = false;                           ///< their sub-folders too
  std::string state_query = {};                     ///< what tells the database's revisions; empty: see `table_doubt`
  std::string table_doubt = {};                     ///< why the version table is not known
  std::string table_assumption = {};                ///< what it rests on, where the application may choose another one
};

/// What the program that runs Alembic adds to its configuration; empty where it adds nothing.
struct AlembicOverrides {
  std::string pyproject = {};        ///< what completes an ini, in place of the pyproject.toml beside it
  std::string script_location = {};  ///< Flask-Migrate sets it, and reads no pyproject.toml
};

/// Read `alembic.ini`, `pyproject.toml`, a folder that has one of them, or a script location itself (a folder with
/// env.py). `section` is the ini's, "alembic" unless the migrator has -n. An ini's settings are completed from a
/// pyproject.toml, as Alembic does since 1.16. In Flask-Migrate's layout the ini has no script_location: it is the
/// folder of the ini. Fails with `no_input` when there is no such file, with `configuration` for a setting that cannot
/// be read without Python.
Result<AlembicConfig> read_alembic_config(const std::string& where, const std::string& section,
                                          const AlembicOverrides& overrides = {});

/// Whether an ini lies beside an env.py of Flask-Migrate's, as `flask db init` leaves them.
bool has_flask_layout(const std::string& ini);

/// Where Alembic would look from here: `ini`, or a `pyproject` with [tool.alembic]; empty when neither is there.
std::string find_alembic_config(const std::string& ini = "alembic.ini",
                                const std::string& pyproject = "pyproject.toml");

}  // namespace pge
