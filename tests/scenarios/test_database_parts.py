"""The database by parts, or by another variable, with values that break scripts; and the URL that programs get of it."""

import json
import re
import shlex
import urllib.parse

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from alembic_project import AlembicProject
from conftest import ENCODED, PASSWORD, ROOT
from nasty_values import VALUES
from recipes import dockerfile

ONE = {"0001_one.sql": "create table one (id integer);"}
PARTS = "host=${DB_HOST:-nowhere.invalid} port=${DB_PORT} user=${DB_USER} password=${DB_PASS} dbname=${DB_NAME}"
START = ["--", "echo", "started"]
WAIT = ["--migrate", "off", "--login-grace", "0", "--debug"]


ASYNC_ENV = """\
import asyncio
import os
from alembic import context
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import create_async_engine


def migrate(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()


async def main():
    engine = create_async_engine(os.environ["DATABASE_URL"], poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(migrate)


asyncio.run(main())
"""


@pytest.fixture
def parts(database):
    """The environment of an application that has no DATABASE_URL."""
    return {"DATABASE_URL": None, "DB_HOST": database.host, "DB_PORT": database.port, "DB_USER": "owner", "DB_PASS": PASSWORD,
            "DB_NAME": database.name}


@pytest.fixture
def showing(tmp_path):
    """An application, or a migrator, that writes its environment into a file; and what it has written."""

    def show(name):
        path = tmp_path / name
        return json.loads(path.read_text()) if path.exists() else None

    program = tmp_path / "show"
    program.write_text("#!/usr/bin/env python3\nimport json, os, sys\njson.dump(dict(os.environ), open(sys.argv[1], 'w'))\n")
    program.chmod(0o755)
    show.program = str(program)
    return show


@pytest.fixture
def reader_with(admin):
    """Gives the role `reader` this password."""

    def alter(password):
        admin.execute(sql.SQL("alter role reader password {}").format(sql.Literal(password)))

    yield alter
    alter(PASSWORD)


def test_the_table_has_thirty_values_and_each_is_one_of_a_kind():
    assert len(set(VALUES)) == len(VALUES) >= 30 and all("hush" in value or "hüsh" in value for value in VALUES)


@pytest.mark.parametrize("value", VALUES)
def test_a_password_of_any_characters_logs_in_and_comes_back_from_the_url(entrypoint, parts, reader_with, showing, value):
    reader_with(value)
    run = entrypoint("--database", PARTS, "--export-database-url", "APP_URL", *WAIT, "--", showing.program, "environment",
                     env=parts | {"DB_USER": "reader", "DB_PASS": value, "OTHER": "wrong"})
    assert run.code == 0, run.err
    url = showing("environment")["APP_URL"]
    with psycopg.connect(url, connect_timeout=5):
        pass
    assert conninfo_to_dict(url)["password"] == value
    assert urllib.parse.unquote(urllib.parse.urlsplit(url).password) == value
    assert value not in run.err


@pytest.mark.parametrize("value", ["hush@host", "hush'quote", "hush%41"])
def test_the_same_password_in_a_text_that_a_script_composes_does_not(entrypoint, database, reader_with, value):
    reader_with(value)
    url = f"postgresql://reader:{value}@{database.host}:{database.port}/{database.name}"
    conninfo = f"host={database.host} port={database.port} user=reader password='{value}' dbname={database.name}"
    codes = [entrypoint("wait", "--login-grace", "0", env={"DATABASE_URL": text}).code for text in (url, conninfo)]
    assert any(code in (77, 78) for code in codes)


def test_a_role_and_a_database_of_any_characters(entrypoint, database, parts, admin, showing):
    name = "it's \"a\" \\ @%#?/:&= ${OTHER} ü"
    identifier = sql.Identifier(name)
    admin.execute(sql.SQL("create role {} login password {}").format(identifier, sql.Literal(PASSWORD)))
    admin.execute(sql.SQL("create database {} owner {}").format(identifier, identifier))
    try:
        run = entrypoint("--database", PARTS, "--export-database-url", "APP_URL", "--", showing.program, "environment", migrations=ONE,
                         env=parts | {"DB_USER": name, "DB_NAME": name, "OTHER": "wrong"})
        assert run.code == 0, run.err
        with psycopg.connect(showing("environment")["APP_URL"], connect_timeout=5) as connection:
            assert connection.execute("select tableowner from pg_tables where tablename = 'one'").fetchone() == (name,)
    finally:
        admin.execute(sql.SQL("drop database {}").format(identifier))
        admin.execute(sql.SQL("drop role {}").format(identifier))


@pytest.mark.parametrize("value", VALUES)
def test_a_file_stands_in_for_a_variable_whatever_its_value(entrypoint, parts, tmp_path, reader_with, showing, value):
    # Line ends behind a value go, as in the official images.
    (tmp_path / "secret").write_bytes((value + "\n").encode())
    kept = value.rstrip("\r\n")
    reader_with(kept)
    run = entrypoint("--database", PARTS, "--export-database-url", "APP_URL", *WAIT, "--", showing.program, "environment",
                     env=parts | {"DB_USER": "reader", "DB_PASS": None, "DB_PASS_FILE": tmp_path / "secret", "OTHER": "wrong"})
    assert run.code == 0 and kept not in run.err, run.err
    assert conninfo_to_dict(showing("environment")["APP_URL"])["password"] == kept


def test_a_secret_that_is_renewed_while_it_waits_is_read_again(start, parts, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hush-expired")
    run = start("--database", PARTS, *START, migrations=ONE, env=parts | {"DB_PASS": None, "DB_PASS_FILE": secret})
    run.wait_for("waiting for the database")
    secret.write_text(PASSWORD + "\n")
    assert run.finish().out == "started\n"


def test_libpqs_variables_fill_in_what_is_left_out(entrypoint, database, parts):
    run = entrypoint("--database", "host=${DB_HOST} dbname=${DB_NAME} user=${DB_USER}", *START, migrations=ONE,
                     env=parts | {"PGPORT": database.port, "PGPASSWORD": PASSWORD, "PGUSER": "nobody"})
    assert run.out == "started\n", run.err


@pytest.mark.parametrize("text", ["${OTHER_URL}", "'${OTHER_URL}'", "${NOT_SET:-${OTHER_URL}}"])
def test_one_placeholder_is_a_url(entrypoint, database, text):
    run = entrypoint(*START, migrations=ONE,
                     env={"DATABASE_URL": None, "OTHER_URL": database.url, "PG_ENTRYPOINT_DATABASE": text})
    assert run.out == "started\n", run.err
    assert database.applied() == ["1"]


def test_one_placeholder_may_be_a_file(entrypoint, database, tmp_path):
    (tmp_path / "url").write_text(database.url + "\n")
    run = entrypoint("--database", "${OTHER_URL}", *START, migrations=ONE,
                     env={"DATABASE_URL": None, "OTHER_URL_FILE": tmp_path / "url"})
    assert run.out == "started\n", run.err


@pytest.mark.parametrize("arguments, env, told", [
    (["--database", PARTS], {"DATABASE_URL": "postgresql://h/d"}, "--database and DATABASE_URL are both given"),
    (["--database", PARTS], {"DATABASE_URL_FILE": "/x"}, "--database and DATABASE_URL_FILE are both given"),
    (["--migrate-database", PARTS], {"MIGRATE_DATABASE_URL": "postgresql://h/d"},
     "--migrate-database and MIGRATE_DATABASE_URL are both given"),
    (["--database", PARTS], {"DB_PASS_FILE": "/x"}, "DB_PASS and DB_PASS_FILE are both set"),
    (["--database", PARTS], {"DB_NAME": None}, "--database: dbname is empty: DB_NAME is not set"),
    (["--database", "host=${DB_HOSTS} dbname=x"], {}, "--database: host is empty: DB_HOSTS is not set"),
    (["--database", "host= user= password= dbname="], {}, "--database: host is empty"),
    (["--database", "host=${DB_HOSTS:?name the server} dbname=x"], {}, "host needs DB_HOSTS, which is not set: name the server"),
    (["--database", "host=$DB_HOST dbname=x"], {}, "host has a '$' that begins no placeholder"),
    (["--database", "host=$${DB_HOST} dbname=x"], {}, "host has a '$' that begins no placeholder"),
    (["--database", "${OTHER_URL}"], {}, "the URL is empty: OTHER_URL is not set"),
    (["--database", "${OTHER_URL}"], {"OTHER_URL": "postgresql://${DB_HOST}/d"}, "that nothing has replaced"),
    (["--database", "postgresql://${DB_HOST}/d"], {}, "that nothing has replaced"),
    (["--database", PARTS + " pool_size=5"], {}, "unknown parameter 'pool_size'"),
    (["--database", "password=hush hush host=h"], {}, "--database cannot be read"),
    (["--database", PARTS, "--export-database-url", "APP_URL"], {"APP_URL": "x"}, "--export-database-url: APP_URL is set already"),
    (["--database", PARTS, "--export-database-url", "APP_URL"], {"DB_HOST": "a,b"}, "postgresql://… cannot name several hosts"),
    (["--database", PARTS, "--export-database-url", "APP_URL"], {"DB_HOST": "/run/postgresql"}, "cannot name a socket"),
    (["--database", PARTS + " connect_timeout=5", "--export-database-url", "APP_URL", "--export-database-scheme", "postgresql+asyncpg"],
     {}, "cannot name libpq's connect_timeout"),
    (["--database", PARTS, "--export-database-url", "APP_URL", "--export-database-scheme", "mysql"], {}, "'mysql' is no scheme"),
])
def test_a_contradiction_or_a_gap_is_78_with_its_name(entrypoint, database, parts, arguments, env, told):
    run = entrypoint(*arguments, *START, migrations=ONE, env=parts | env)
    assert run.code == 78 and told in run.err, run.err
    assert "started" not in run.out and not database.exists("one") and run.seconds < 2


REFUSED = {"wrong": ({"DB_PASS": "hush-wrong"}, "check user and password in {}, the role"),
           "none": ({"DB_PASS": ""}, "there is none: write one into {}, or set PGPASSWORD"),
           "database": ({"DB_NAME": "nowhere"}, "or correct its name in {}")}


@pytest.mark.parametrize("env, told", REFUSED.values(), ids=REFUSED)
def test_a_refusal_speaks_of_the_option_and_not_of_a_url(entrypoint, database, parts, env, told):
    for option in ("--database", "--migrate-database"):
        run = entrypoint("wait", option, PARTS, "--login-grace", "0", env=parts | env)
        assert run.code == 77 and told.format(option) in run.err and "URL" not in run.err, run.err
    # The twin: with a URL the hint speaks of that.
    run = entrypoint("wait", "--login-grace", "0", env={"DATABASE_URL": database.url_of("owner", name="nowhere")})
    assert run.code == 77 and "or correct its name in the URL" in run.err, run.err


def test_a_placeholder_in_a_url_is_told_of_the_option(entrypoint):
    run = entrypoint(*START, migrations=ONE, env={"DATABASE_URL": "postgresql://${DB_USER}:${DB_PASS}@${DB_HOST}/${DB_NAME}"})
    assert run.code == 78 and "--database 'host=${DB_HOST}" in run.err


def test_without_the_option_the_application_gets_no_url(entrypoint, parts, showing):
    run = entrypoint("--database", PARTS, "--", showing.program, "environment", migrations=ONE, env=parts)
    assert run.code == 0, run.err
    seen = showing("environment")
    assert seen["DB_PASS"] == PASSWORD and "DATABASE_URL" not in seen and "PG_ENTRYPOINT_DATABASE" not in seen


@pytest.mark.parametrize("scheme", ["postgres", "postgresql+asyncpg", "postgresql+psycopg"])
def test_the_scheme_is_of_choice_for_the_application_and_the_migrator(entrypoint, database, parts, showing, scheme):
    run = entrypoint("--database", PARTS, "--export-database-url", "APP_URL", "--export-database-scheme", scheme, "--migrator",
                     f"{showing.program} migrator", "--", showing.program, "application", env=parts)
    assert run.code == 0, run.err
    url = database.url_of("owner", scheme=scheme)
    assert showing("application")["APP_URL"] == url and "DATABASE_URL" not in showing("application")
    assert (showing("migrator")["APP_URL"], showing("migrator")["DATABASE_URL"]) == (url, url)


def test_the_scheme_of_a_platforms_url_can_be_changed(entrypoint, database, showing):
    run = entrypoint("--database", "${DATABASE_URL}", "--export-database-url", "DATABASE_URL", "--export-database-scheme",
                     "postgresql+asyncpg", "--", showing.program, "environment", migrations=ONE,
                     env={"DATABASE_URL": database.url_of("owner", scheme="postgres", query="?sslmode=prefer")})
    assert run.code == 0, run.err
    assert showing("environment")["DATABASE_URL"] == database.url_of("owner", scheme="postgresql+asyncpg", query="?sslmode=prefer")


OWNER = "host=${DB_HOST} port=${DB_PORT} user=${OWNER} password='${OWNER_PASS}' dbname=${DB_NAME}"


def test_the_owner_by_parts_migrates_and_only_a_migrator_sees_its_password(entrypoint, database, parts, showing):
    run = entrypoint("--migrate-database", OWNER, "--database", PARTS, "--export-database-url", "APP_URL", "--migrator",
                     f"{showing.program} migrator", "--", showing.program, "application",
                     env=parts | {"DB_USER": "reader", "OWNER": "owner", "OWNER_PASS": PASSWORD})
    assert run.code == 0, run.err
    application, migrator = showing("application"), showing("migrator")
    assert application["APP_URL"] == database.url_of("reader") and application["OWNER"] == "owner"
    assert not {"OWNER_PASS", "DATABASE_URL", "MIGRATE_DATABASE_URL"} & application.keys()
    assert migrator["APP_URL"] == migrator["DATABASE_URL"] == database.url and migrator["OWNER_PASS"] == PASSWORD
    assert "role=owner" in run.err


@pytest.mark.parametrize("owner", ["${DIRECT_URL}", OWNER])
def test_the_owners_variables_are_wiped_from_process_1(start, database, parts, owner):
    script = "tr '\\0' '\\n' </proc/1/environ | grep -c -e '^DIRECT_URL=.' -e '^OWNER_PASS=.' -e MIGRATE_DATABASE=.; env | grep -c -e DIRECT_URL -e OWNER_PASS; echo end"
    run = start("--", "sh", "-c", script, init=True, migrations=ONE,
                env=parts | {"DATABASE_URL": database.url_of("reader"), "DIRECT_URL": database.url, "OWNER": "owner",
                             "OWNER_PASS": PASSWORD, "PG_ENTRYPOINT_MIGRATE_DATABASE": owner} |
                ({"OWNER_PASS": None} if owner != OWNER else {"DIRECT_URL": None}))
    done = run.finish()
    assert done.code == 0 and done.out.split() == ["0", "0", "end"], done.out + done.err
    assert database.value("select tableowner from pg_tables where tablename = 'one'") == "owner"


def test_what_database_names_too_stays_the_applications(entrypoint, parts, showing):
    run = entrypoint("--migrate-database", PARTS, "--database", PARTS, "--", showing.program, "environment", migrations=ONE, env=parts)
    assert run.code == 0 and showing("environment")["DB_PASS"] == PASSWORD, run.err
    run = entrypoint("--migrate-database", PARTS, "--", showing.program, "environment", migrations=ONE, env=parts)
    assert run.code == 0 and "DB_PASS" not in showing("environment"), run.err


def test_a_migrators_url_may_have_several_hosts(entrypoint, database, parts, showing):
    hosts = {"DB_HOST": f"127.0.0.1,{database.host}", "DB_PORT": f"1,{database.port}"}
    run = entrypoint("--database", PARTS, "--migrator", f"{showing.program} migrator", "--", "true", env=parts | hosts)
    assert run.code == 0, run.err
    assert f"owner:{ENCODED}@/" in showing("migrator")["DATABASE_URL"]
    with psycopg.connect(showing("migrator")["DATABASE_URL"], connect_timeout=5) as connection:
        assert connection.info.port == database.port


def test_status_and_wait_take_it_from_the_images_variable(entrypoint, parts):
    env = parts | {"PG_ENTRYPOINT_DATABASE": PARTS}
    assert entrypoint("wait", env=env).code == 0
    run = entrypoint("status", migrations=ONE, env=env)
    assert run.code == 0 and "pending" in run.out, run.err


def test_beside_a_container_whose_flags_name_the_database_the_hint_says_so(entrypoint, parts):
    """What `docker exec … status` finds where the image has --database in ENTRYPOINT and the rest in ENV."""
    for name, value in (("URL", "APP_URL"), ("SCHEME", "postgresql+psycopg")):
        env = parts | {f"PG_ENTRYPOINT_EXPORT_DATABASE_{name}": value}
        if name == "SCHEME":
            env |= {"DATABASE_URL": "postgresql://db/app"}
        run = entrypoint("status", env=env)
        assert run.code == 64 and "no flags of its ENTRYPOINT" in run.err and "PG_ENTRYPOINT_DATABASE" in run.err, run.err


def test_the_recipe_of_the_page_is_run(entrypoint, database, parts, tmp_path):
    page = (ROOT / "docs/recipes/database-by-parts.md").read_text()
    added = [line[1:] for line in re.search(r"```diff\n(.*?)```", page, re.DOTALL)[1].splitlines() if line.startswith("+") and line[1] != "+"]
    recipe = dockerfile("\n".join(added))
    AlembicProject(tmp_path).table("a1")
    (tmp_path / "alembic" / "env.py").write_text(ASYNC_ENV)
    env = parts | recipe.env | {"PGPORT": database.port}
    # The twin: without the scheme SQLAlchemy takes another driver.
    run = entrypoint(*recipe.entrypoint[1:], "true", env=env | {"PG_ENTRYPOINT_EXPORT_DATABASE_SCHEME": None})
    message = "The asyncio extension requires an async driver"
    assert run.code == 76 and message in run.err and message in (ROOT / "docs/troubleshooting.md").read_text(), run.err
    # Into a file, because what is printed must have no password in it.
    run = entrypoint(*recipe.entrypoint[1:], "sh", "-c", 'echo "$DATABASE_URL" >url', env=env)
    assert run.code == 0 and database.exists("a1"), run.err
    assert (tmp_path / "url").read_text().startswith(f"postgresql+asyncpg://owner:{ENCODED}@")
    # A command beside it, in the container: it has the variables, and no flags.
    assert "applied  a1" in entrypoint("status", env=env).out
    beside = re.search(r"`docker exec CONTAINER pg-entrypoint (.*)`", page)[1]
    assert "a1 (head)" in entrypoint(*shlex.split(beside), env=env).out
    assert entrypoint("status", env=parts | {"PGPORT": database.port}).code == 78


def test_every_option_line_of_the_recipe_is_understood(entrypoint, database, parts):
    """The table's options, with the variables that they name."""
    page = (ROOT / "docs/recipes/database-by-parts.md").read_text()
    rows = [line.rsplit("| `", 1)[1].rstrip("` |") for line in page.splitlines() if line.startswith("| ") and "| `" in line]
    lines = [row for row in rows if row.startswith("--") and "…" not in row]
    assert len(lines) >= 5
    names = {"NEXT_PRIVATE_DATABASE_URL": database.url, "DATABASE_DIRECT_URL": database.url, "OWNER": "owner", "OWNER_PASS": PASSWORD,
             "PGPORT": database.port}
    for line in lines:
        with_url = "${DATABASE_URL}" in line or "--migrate-database" in line
        run = entrypoint(*shlex.split(line), *START, migrations=ONE,
                         env=parts | names | ({"DATABASE_URL": database.url} if with_url else {}))
        assert run.out == "started\n", line + run.err
