#include "alembic/version_table.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

namespace {

/// "schema.name", "name", or "" in doubt.
std::string table_of(const std::string& env, const pge::MainOptions& options = {}) {
  const auto choice = pge::find_version_table(env, options);
  if (!choice.doubt.empty()) return "";
  return choice.table.schema.empty() ? choice.table.name : choice.table.schema + "." + choice.table.name;
}

/// env.py as the templates have it, with more arguments of the online configure and other lines in front.
std::string env_with(const std::string& arguments, const std::string& lines = "") {
  return "from alembic import context\n" + lines +
         "\ndef run_migrations_offline():\n"
         "    context.configure(url=url, literal_binds=True, dialect_opts={\"paramstyle\": \"named\"})\n"
         "    with context.begin_transaction():\n        context.run_migrations()\n"
         "def run_migrations_online():\n    with connectable.connect() as connection:\n"
         "        context.configure(\n            connection=connection, target_metadata=target_metadata" +
         arguments +
         ")\n        with context.begin_transaction():\n            context.run_migrations()\n"
         "if context.is_offline_mode():\n    run_migrations_offline()\nelse:\n    run_migrations_online()\n";
}

}  // namespace

TEST_CASE("the version table as env.py names it") {
  const struct {
    std::string arguments;
    std::string expected;
  } table[] = {
      {"", "alembic_version"},
      {", version_table='v'", "v"},
      {", version_table=\"v\",", "v"},
      {",\n version_table='v',  # not 'w'\n version_table_schema=None", "v"},
      {", version_table_schema='app'", "app.alembic_version"},
      {", version_table_schema='a.b', version_table='c.d'", "a.b.c.d"},
      {", include_object=lambda obj, name, *rest, **more: name != 'x'", "alembic_version"},
      {", compare_type=lambda context, *rest: None", "alembic_version"},
      {", process_revision_directives=f, x_argument={**a}, y=[2 ** 3, *z]", "alembic_version"},
      {", version_table='v', version_table_schema='s', **anything", "s.v"},
      // Not certain.
      {", version_table=f'{x}_v'", ""},
      {", version_table='v' + x", ""},
      {", version_table='v' if x else 'w'", ""},
      {", version_table=''", ""},
      {", version_table=None", ""},
      {", version_table=NAME", ""},
      {", version_table=os.environ.get('VT') or 'v'", ""},
      {", version_table=os.environ.get('VT', 'v')", ""},
      {", version_table=os.environ['VT']", ""},
      {", version_table_schema=target_metadata.schema", ""},
      {", version_table_schema=get_schema()", ""},
      {", version_table_schema='a' 'b'.strip()", ""},
      {", **options", ""},
      {", **dict(version_table='v')", ""},
      {", **{'version_table': 'v'}", ""},
      {", *arguments", ""},
      {", version_table='v', **options", ""},
      {", version_table=config.get_main_option('version_table')", ""},
  };
  for (const auto& row : table) {
    INFO(row.arguments);
    CHECK(table_of(env_with(row.arguments)) == row.expected);
  }
}

TEST_CASE("an option of alembic.ini can name the version table") {
  const struct {
    std::string value;
    std::string expected;
  } table[] = {
      {"config.get_main_option('version_table')", "w"},
      {"context.config.get_main_option(\"version_table\", 'v')", "w"},
      {"config.get_main_option('version_table') or 'v'", ""},
      {"config.get_main_option('version_table').strip()", ""},
      {"config.get_main_option('version_table_schema')", ""},
      {"config.get_main_option('version_table', x)", "w"},
      {"config.get_main_option(key)", ""},
      {"f(config).get_main_option('version_table')", ""},
      {"f(config.get_main_option('version_table'))", ""},
      {"os.environ.get('version_table')", ""},
      {"ini('version_table')", ""},
  };
  for (const auto& row : table) {
    INFO(row.value);
    CHECK(table_of(env_with(", version_table=" + row.value), {{"version_table", "w"}}) == row.expected);
  }
  CHECK(table_of(env_with(", version_table=config.get_main_option('version_table', 'v')")) == "v");
  CHECK(table_of(env_with(", version_table=config.get_main_option('version_table', v)")).empty());
  CHECK(table_of(env_with(", version_table=config.get_main_option('version_table')",
                          "config.set_main_option('version_table', compute())"),
                 {{"version_table", "w"}})
            .empty());
}

TEST_CASE("what env.py does besides can leave the version table in doubt") {
  for (const std::string lines : {
           "connection.execute('SET search_path TO x')",
           "connection.execute(text(f'set Search_Path to {x}'))",
           "connection.execute(text(\"SELECT set_config('search_path', 'x', false)\"))",
           "connection.execute(text('set schema %s'))",
           "connection.execute(text('''\n  SET\n  LOCAL SCHEMA 'x';\n'''))",
           "connection.execute('begin;set session schema \\'x\\'')",
           "connection.execute('SET ' 'SCHEMA x')",
           "connection.execute('SET ' + 'SCHEMA x')",
           "connectable = create_engine(url, connect_args={'options': '-csearch_path=x'})",
           "connection = connection.execution_options(schema_translate_map={None: 'x'})",
           "connection.dialect.default_schema_name = 'x'",
           "set_search_path(connection)",
           "options = {'version_table_schema': 'x'}",
           "options['version_table'] = 'x'",
           "run(context)",
           "run(x, context=context)",
           "ctx = context",
           "conf = context.configure",
           "partial(context.configure, version_table='x')",
           "getattr(context, 'configure')(connection=c)",
           "context.configure(connection=c, version_table='other')",
           "context.configure(c, **options)",
           "alembic.context.configure(c, version_table_schema='other')",
           "from alembic.context import configure as conf",
           "from alembic.context import configure\nconfigure(c, version_table='other')",
           "from alembic import context as ctx\nctx.configure(connection=c, version_table='other')",
           "with EnvironmentContext(config, script) as env: env.configure(c)",
           "context.run_migrations(engine_name=name)",
           "x = 'no end",
       }) {
    INFO(lines);
    CHECK(table_of(env_with("", lines)).empty());
  }
  for (const std::string lines : {
           "# SET search_path TO x",
           "\"\"\"Sets no search_path, and hands no version_table on.\"\"\"",
           "def f():\n    '''set schema'''\n    return 1",
           "connection.execute('set role x')",
           "connection.execute('create schema if not exists x')",
           "print('offset schema', 'reset', 'schema')",
           "default = connection.dialect.default_schema_name",
           "structlog.configure(processors=[], **options)",
           "logging.config.dictConfig(**options)",
           "def retry(func):\n    def inner(*args, **kwargs):\n        return func(*args, **kwargs)\n    return inner",
           "def process_revision_directives(context, revision, directives):\n    pass",
           "engine = engine_from_config(config.get_section('x'), prefix='sqlalchemy.', **options)",
           "def configure_logging():\n    pass",
           "config.configure(x='y')",
           "from alembic import context, op",
           "import alembic.context",
       }) {
    INFO(lines);
    CHECK(table_of(env_with("", lines)) == "alembic_version");
  }
}

TEST_CASE("a helper that configures Alembic leaves the version table in doubt") {
  CHECK(table_of("").empty());
  CHECK(table_of("from alembic import context\nfrom helper import run\nrun()").empty());
  CHECK(table_of("context.configure(url=url)\nrun_online()").empty());
  CHECK(table_of("context.configure(url=url, version_table='v')\nrun_online()").empty());
  CHECK(table_of("config.configure(connection=c)").empty());
  CHECK(table_of("def configure(connection): pass").empty());
  CHECK(table_of("context.configure(connection=c)") == "alembic_version");
  CHECK(table_of("context.configure(c)") == "alembic_version");
  CHECK(table_of("from alembic import context as ctx\nctx.configure(c, version_table='v')") == "v");
  CHECK(table_of("from alembic.context import configure\nconfigure(connection=c, version_table='v')") == "v");
  CHECK(table_of("import alembic\nalembic.context.configure(connection=c, version_table='v')") == "v");
}

TEST_CASE("Flask-Migrate's arguments are the application's") {
  const std::string args = "current_app.extensions['migrate'].configure_args";
  const auto assumed = [](const std::string& env) {
    const auto choice = pge::find_version_table(env, {});
    return choice.doubt.empty() && choice.table.name == "alembic_version" && choice.table.schema.empty() &&
           !choice.assumption.empty();
  };
  const std::string lines = "from flask import current_app\n";
  CHECK(assumed(env_with(", process_revision_directives=f, **" + args, lines)));
  CHECK(assumed(env_with(", **current_app.extensions[\"migrate\"].configure_args,", lines)));
  for (const std::string name : {"conf_args", "configure_args"}) {
    const std::string given = lines + name + " = " + args + "\n";
    CHECK(assumed(env_with(", **" + name, given)));
    CHECK(assumed(env_with(", **" + name, given + "if " + name + ".get('process_revision_directives') is None:\n    " +
                                              name + "['process_revision_directives'] = f\n")));
    // It is env.py that changes them.
    for (const std::string change :
         {"[key] = f", "['version_table'] = 'x'", ".update(x)", ".setdefault('version_table', 'x')", " = x"}) {
      INFO(change);
      CHECK_FALSE(assumed(env_with(", **" + name, given + name + change + "\n")));
    }
    CHECK_FALSE(assumed(env_with(", **" + name, given + "change(" + name + ")\n")));
    CHECK_FALSE(assumed(env_with(", **" + name, lines + name + " = dict(" + args + ", version_table='x')\n")));
    CHECK_FALSE(assumed(env_with(", **" + name, lines)));
  }
  CHECK_FALSE(assumed(env_with(", **current_app.extensions['other'].configure_args", lines)));
  CHECK_FALSE(assumed(env_with(", **" + args + ", **more", lines)));
  CHECK_FALSE(assumed(env_with(", **" + args, lines + "context.run_migrations(engine_name=name)\n")));
  // Said in env.py: then it is certain.
  const auto certain =
      pge::find_version_table(env_with(", version_table='v', version_table_schema='s', **" + args), {});
  CHECK((certain.doubt.empty() && certain.assumption.empty() && certain.table.name == "v"));
  CHECK(pge::is_flask_migrate("x = current_app.extensions['migrate'].db"));
  CHECK_FALSE(pge::is_flask_migrate("# current_app.extensions['migrate']\nx = current_app.extensions['other']"));
}

TEST_CASE("the version table by the user's word") {
  CHECK(pge::parse_version_table("v")->name == "v");
  CHECK(pge::parse_version_table("v")->schema.empty());
  CHECK(pge::parse_version_table("App.My Versions")->schema == "App");
  CHECK(pge::parse_version_table("App.My Versions")->name == "My Versions");
  for (const std::string text : {"", ".", "a.", ".b", "a.b.c", "\"a\".b"}) {
    INFO(text);
    const auto table = pge::parse_version_table(text);
    REQUIRE_FALSE(table);
    CHECK(table.error().code == pge::ExitCode::usage);
  }
  CHECK(pge::version_query({.name = "v\"w", .schema = "s"}) == "select version_num from \"s\".\"v\"\"w\" order by 1");
}
