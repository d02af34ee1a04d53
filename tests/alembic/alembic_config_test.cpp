#include "alembic/alembic_config.hpp"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "temporary_directory.hpp"

namespace {

using pge::test::TemporaryDirectory;
using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("an ini file as alembic init writes it") {
  const TemporaryDirectory folder;
  const std::string ini = folder.write("alembic.ini",
                                       "# A generic configuration.\n[alembic]\n"
                                       "script_location = %(here)s/alembic\n"
                                       "# file_template = %%(year)d_%%(rev)s\nfile_template = %%(rev)s\n"
                                       "version_path_separator = os\n\n[loggers]\nkeys = root,sqlalchemy\n");
  const auto config = pge::read_alembic_config(ini, "alembic");
  REQUIRE(config);
  CHECK(config->script_location == folder.path() + "/alembic");
  CHECK(config->version_locations == Words{folder.path() + "/alembic/versions"});
  CHECK(config->state_query.empty());  // there is no env.py
  CHECK(pge::read_alembic_config(folder.path(), "alembic")->files == Words{ini});
}

TEST_CASE("version locations by every separator") {
  const TemporaryDirectory folder;
  const struct {
    std::string lines;
    Words expected;
  } table[] = {
      {"version_locations = a b,c", {"a", "b", "c"}},
      {"version_path_separator = space\nversion_locations = a b", {"a", "b"}},
      {"version_path_separator = os\nversion_locations = a:b c", {"a", "b c"}},
      {"path_separator = newline\nversion_locations =\n    a\n    b c", {"a", "b c"}},
      {"path_separator = ;\nversion_locations = a;b", {"a", "b"}},
      {"Version_Locations: %(here)s/a", {folder.path() + "/a"}},
      {"version_locations =", {"s/versions"}},
  };
  for (const auto& row : table) {
    INFO(row.lines);
    const auto config = pge::read_alembic_config(
        folder.write("alembic.ini", "[alembic]\nscript_location = s\n" + row.lines + "\n"), "alembic");
    REQUIRE(config);
    CHECK(config->version_locations == row.expected);
  }
}

TEST_CASE("pyproject.toml has the same settings as lists and strings") {
  const TemporaryDirectory folder;
  folder.write("migrations/env.py", "context.configure(connection=c)\n");
  const std::string path = folder.write("pyproject.toml",
                                        "[project]\nname = \"app\"\ndependencies = [\"alembic>=1.16\"]\n"
                                        "[tool.alembic]\nscript_location = \"%(here)s/migrations\"\n"
                                        "version_locations = [\n  \"%(here)s/migrations/versions\",\n  \"more\",\n]\n"
                                        "recursive_version_locations = true\n[[tool.x]]\na = { b = 1 }\n");
  const auto config = pge::read_alembic_config(path, "alembic");
  REQUIRE(config);
  CHECK(config->script_location == folder.path() + "/migrations");
  CHECK(config->version_locations == Words{folder.path() + "/migrations/versions", "more"});
  CHECK(config->recursive);
  CHECK(config->state_query == "select version_num from \"alembic_version\" order by 1");
}

TEST_CASE("the version table is env.py's, or the configuration's where env.py asks it") {
  const TemporaryDirectory folder;
  const auto read = [&](const std::string& env, const std::string& lines = "") {
    folder.write("s/env.py", env);
    const std::string ini = folder.write("alembic.ini", "[alembic]\nscript_location = %(here)s/s\n" + lines);
    return *pge::read_alembic_config(ini, "alembic");
  };
  CHECK(read("context.configure(url)").state_query == "select version_num from \"alembic_version\" order by 1");
  CHECK(read("configure(c, version_table='v', version_table_schema='x\"y')").state_query ==
        "select version_num from \"x\"\"y\".\"v\" order by 1");
  const std::string asks = "configure(connection=c, version_table=config.get_main_option('version_table'))";
  CHECK(read(asks, "version_table = w\n").state_query == "select version_num from \"w\" order by 1");
  CHECK(read(asks).state_query.empty());
  CHECK(read(asks).table_doubt == "env.py computes version_table");
  // Alembic's get_main_option asks the ini, never pyproject.toml.
  folder.write("pyproject.toml", "[tool.alembic]\nversion_table = \"w\"\n");
  CHECK(read(asks).state_query.empty());
}

TEST_CASE("an ini is completed by the pyproject.toml beside it") {
  const TemporaryDirectory folder;
  folder.write("pyproject.toml",
               "[tool.alembic]\nscript_location = \"%(here)s/s\"\nversion_locations = [\"%(here)s/v\"]\n");
  const auto config =
      pge::read_alembic_config(folder.write("alembic.ini", "[alembic]\nsqlalchemy.url = x\n"), "alembic");
  REQUIRE(config);
  CHECK(config->script_location == folder.path() + "/s");
  CHECK(config->version_locations == Words{folder.path() + "/v"});
  CHECK(config->files.size() == 2);
}

TEST_CASE("Flask-Migrate's ini names no script location: it is the folder of the ini") {
  const TemporaryDirectory folder;
  const std::string ini = folder.write("migrations/alembic.ini", "[alembic]\n# file_template = %%(rev)s\n[loggers]\n");
  CHECK(pge::read_alembic_config(ini, "alembic").error().message == "script_location is not set");
  folder.write("migrations/env.py", "context.configure(connection=c)\n");
  CHECK(pge::read_alembic_config(ini, "alembic").error().message == "script_location is not set");
  folder.write("migrations/env.py",
               "target_db = current_app.extensions['migrate'].db\n"
               "context.configure(connection=c, **current_app.extensions['migrate'].configure_args)\n");
  for (const std::string& where : {ini, folder.path("migrations")}) {
    const auto config = pge::read_alembic_config(where, "alembic");
    REQUIRE(config);
    CHECK(config->script_location == folder.path("migrations"));
    CHECK(config->version_locations == Words{folder.path("migrations/versions")});
    CHECK(config->state_query == "select version_num from \"alembic_version\" order by 1");
    CHECK(config->table_assumption.contains("Migrate()"));
  }
  // `flask db` sets it, whatever the ini says, and asks no pyproject.toml.
  folder.write("migrations/alembic.ini", "[alembic]\nscript_location = elsewhere\n");
  folder.write("migrations/pyproject.toml", "[tool.alembic]\nversion_locations = [\"elsewhere\"]\n");
  const auto set = pge::read_alembic_config(ini, "alembic", {.script_location = "m"});
  REQUIRE(set);
  CHECK(set->version_locations == Words{"m/versions"});
  CHECK(pge::read_alembic_config(ini, "alembic")->version_locations == Words{"elsewhere"});
}

TEST_CASE("what cannot be read without Python is said") {
  const TemporaryDirectory folder;
  const struct {
    std::string text;
    std::string message;
  } table[] = {
      {"[other]\n", "there is no section [alembic]"},
      {"[alembic]\n", "script_location is not set"},
      {"[alembic]\nscript_location = s\nsourceless = true\n", "sourceless"},
      {"[alembic]\nscript_location = app:migrations\n", "is inside a Python package"},
      {"[alembic]\nscript_location = %(there)s/x\n", "script_location cannot be read"},
      {"[alembic]\nscript_location = %d\n", "script_location cannot be read"},
      {"[alembic]\nscript_location = s\nversion_path_separator = |\nversion_locations = a\n", "path separator"},
      {"[alembic]\nscript_location = s\nwhat is this\n", "neither a section nor key = value"},
  };
  for (const auto& row : table) {
    INFO(row.text);
    const auto config = pge::read_alembic_config(folder.write("alembic.ini", row.text), "alembic");
    REQUIRE_FALSE(config);
    CHECK(config.error().code == pge::ExitCode::configuration);
    CHECK(config.error().message.contains(row.message));
  }
  CHECK(pge::read_alembic_config(folder.write("p.toml", "a = \n"), "alembic").error().where.line == 1);
  CHECK(pge::read_alembic_config(folder.write("q.toml", "[ @example.org\n"), "alembic")
            .error()
            .message.starts_with("invalid TOML: "));
  CHECK(pge::read_alembic_config(folder.path() + "/none.ini", "alembic").error().code == pge::ExitCode::no_input);
}

TEST_CASE("a pyproject.toml that has Alembic's table, or may have it but is broken, is the configuration") {
  const TemporaryDirectory folder;
  const struct {
    std::string text;
    bool found;
  } table[] = {
      {"[tool.alembic]\nscript_location = \"a\"\n", true},  {"[tool.alembic ]\nscript_location = \"a\"\n", true},
      {"[tool.alembic\nscript_location = \"a\"\n", true},   {"[tool]\nalembic = {script_location = \"a\"}\n", true},
      {"[project]\ndependencies = [\"alembic\"]\n", false}, {"[project\nname = \"votes\"\n", false},
  };
  for (const auto& [text, found] : table) {
    INFO(text);
    const std::string pyproject = folder.write("pyproject.toml", text);
    CHECK(pge::find_alembic_config(folder.path() + "/alembic.ini", pyproject) == (found ? pyproject : ""));
  }
}
