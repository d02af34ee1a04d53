#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace pge {

/// What of Alembic's configuration concerns us.
struct AlembicConfig {
  std::vector<std::string> files = {};              ///< ini, pyproject; none when only a folder was given
  std::string script_location = {};                 ///< the folder with env.py
  std::vector<std::string> version_locations = {};  ///< the folders with the revisions
  bool recursive = false;                           ///< their sub-folders too
  std::string state_query = {};                     ///< what tells the database's revisions; empty: see `table_doubt`
  std::string table_doubt = {};                     ///< why the version table is not known
  std::string table_assumption = {};                ///< what it rests on, where the application may choose another one
};

/// Read `alembic.ini`, `pyproject.toml`, a folder that has one of them, or a script location itself (a folder with
/// env.py). `section` is the ini's, "alembic" unless the migrator has -n. An ini's settings are completed from
/// `pyproject`, or from a pyproject.toml beside it, as Alembic does since 1.16. Fails with `no_input` when there is no
/// such file, with `configuration` for a setting that cannot be read without Python.
Result<AlembicConfig> read_alembic_config(const std::string& where, const std::string& section,
                                          const std::string& pyproject = {});

/// Where Alembic would look from here: `ini`, or a `pyproject` with [tool.alembic]; empty when neither is there.
std::string find_alembic_config(const std::string& ini = "alembic.ini",
                                const std::string& pyproject = "pyproject.toml");

}  // namespace pge
