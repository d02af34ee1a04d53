"""--create-database: a database that is missing is created, once, and only where we migrate.

PGE_CREATE_DATABASE: how many rounds of twenty replicas; without it one round of six.
"""

import os
import threading
import urllib.parse

import psycopg
import pytest
from psycopg import sql

from conftest import PASSWORD
from runner import until

ONE = {"0001_one.sql": "create table one (id integer);"}
ROUNDS = int(os.environ.get("PGE_CREATE_DATABASE", "0"))
NAME = "made_by_us"


@pytest.fixture
def maker(database, admin):
    """The URL of a role that may create databases, in one that is not there; the role, and what it has made, is dropped."""
    admin.execute(sql.SQL("create role maker login createdb password {}").format(sql.Literal(PASSWORD)))
    before = {name for (name,) in admin.execute("select datname from pg_database")}
    yield database.url_of("maker", name=NAME)
    for (name,) in admin.execute("select datname from pg_database").fetchall():
        if name not in before:
            admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
    admin.execute("drop role maker")


@pytest.fixture
def made(admin):
    """What the server says of the database, if it is there."""

    def look(columns="datname", name=NAME):
        rows = admin.execute(f"select {columns} from pg_database d where datname = %s", (name,)).fetchall()
        return rows[0] if rows else None

    return look


def tables(url):
    with psycopg.connect(url) as connection:
        return [name for (name,) in connection.execute("select relname from pg_class where relnamespace = 'public'::regnamespace")]


def test_a_missing_database_is_created_and_migrated(entrypoint, made, maker):
    run = entrypoint("--create-database", "--", "echo", "started", migrations=ONE, env={"DATABASE_URL": maker})
    assert (run.code, run.out) == (0, "started\n"), run.err
    assert f"info    database created database={NAME} maintenance_database=postgres" in run.err
    assert "waiting for the database" not in run.err
    assert made("pg_get_userbyid(datdba)") == ("maker",) and tables(maker) == ["one"]
    again = entrypoint("--create-database", "--", "echo", "started", env={"DATABASE_URL": maker})
    assert (again.code, again.out) == (0, "started\n") and "created" not in again.err


def test_it_is_not_created_for_files_that_are_refused(entrypoint, made, maker):
    run = entrypoint("--create-database", "migrate", migrations=ONE | {"1_again.sql": ""}, env={"DATABASE_URL": maker})
    assert run.code == 65 and "two files have version 1" in run.err and made() is None


def test_without_the_option_it_is_not(entrypoint, made, maker):
    """The twin."""
    run = entrypoint("--login-grace", "0", "--", "echo", "started", migrations=ONE, env={"DATABASE_URL": maker})
    assert run.code == 77 and run.out == "" and "does not exist" in run.err and made() is None


@pytest.mark.parametrize("mode", ["check", "wait", "off"])
def test_it_is_never_created_where_nothing_is_migrated(entrypoint, made, maker, mode):
    run = entrypoint("--create-database", "--migrate", mode, "--login-grace", "0", "--", "echo", "started", migrations=ONE,
                     env={"DATABASE_URL": maker})
    assert run.code == 77 and run.out == "" and made() is None


@pytest.mark.parametrize("words", [["wait"], ["status"], ["check"], ["down"], ["baseline", "1"], ["accept", "1"],
                                   ["wait", "--for-migrations"]], ids=" ".join)
def test_nor_by_a_command_that_does_not_migrate(entrypoint, made, maker, words):
    run = entrypoint(*words, "--create-database", "--login-grace", "0", migrations=ONE, env={"DATABASE_URL": maker})
    assert run.code == 77 and made() is None


def test_its_owner_encoding_locale_and_template_are_as_given(entrypoint, made, maker, admin):
    admin.execute("grant other to maker")
    run = entrypoint("migrate", "--create-database", "--create-database-options", "owner=other encoding=LATIN1 locale=C",
                     "--history-table", "other.history", "--role", "other", migrations=ONE, env={"DATABASE_URL": maker})
    # template0, because template1 has another encoding.
    assert made("pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate") == ("other", "LATIN1", "C"), run.err
    assert run.code == 0, run.err


def test_the_role_owns_it_where_no_owner_is_named(entrypoint, made, maker, admin):
    admin.execute("grant other to maker")
    run = entrypoint("migrate", "--create-database", "--role", "other", migrations=ONE, env={"DATABASE_URL": maker})
    assert run.code == 0 and made("pg_get_userbyid(datdba)") == ("other",), run.err


def test_a_name_is_quoted(entrypoint, made, maker, database):
    name = 'it\'s "mine"; --'
    url = database.url_of("maker", name=urllib.parse.quote(name, safe=""))
    run = entrypoint("migrate", "--create-database", migrations=ONE, env={"DATABASE_URL": url})
    assert run.code == 0 and made(name=name) == (name,), run.err


@pytest.mark.parametrize("env", [{"MIGRATE_DATABASE_URL": "maker"}, {"PGDATABASE": NAME}], ids=["owner's URL", "PGDATABASE"])
def test_it_is_the_one_that_we_migrate_however_it_is_named(entrypoint, made, maker, database, env):
    if "PGDATABASE" in env:
        env = {"DATABASE_URL": None, "PGHOST": database.host, "PGPORT": database.port, "PGUSER": "maker", "PGPASSWORD": PASSWORD} | env
    else:
        env = {"MIGRATE_DATABASE_URL": maker}
    assert entrypoint("migrate", "--create-database", migrations=ONE, env=env).code == 0
    assert made() and tables(maker) == ["one"]


def test_a_database_that_nobody_names_is_not_created(entrypoint, made, maker, database):
    run = entrypoint("migrate", "--create-database", migrations=ONE, env={"DATABASE_URL": maker.removesuffix(NAME)})
    assert run.code == 78 and "no database is named" in run.err and made(name="maker") is None


def test_a_migrator_finds_it(entrypoint, made, maker):
    run = entrypoint("--create-database", "--migrator", 'psql -qX -c "create table two ()"', "--", "echo", "started",
                     env={"DATABASE_URL": maker, "PGDATABASE": NAME, "PGHOST": "127.0.0.1"} | parts_of(maker))
    assert (run.code, run.out) == (0, "started\n"), run.err
    assert tables(maker) == ["two"]


def parts_of(url):
    parts = urllib.parse.urlsplit(url)
    return {"PGHOST": parts.hostname, "PGPORT": parts.port, "PGUSER": parts.username, "PGPASSWORD": PASSWORD}


def test_a_role_that_may_not_create_one_is_77_with_what_to_grant(entrypoint, made, maker, database):
    run = entrypoint("migrate", "--create-database", "--login-grace", "500ms", migrations=ONE,
                     env={"DATABASE_URL": database.url_of("owner", name=NAME)})
    assert run.code == 77 and "CREATEDB" in run.err and "sqlstate=42501" in run.err and made() is None


def test_a_right_that_is_granted_within_the_grace_is_used(start, made, maker, database, admin):
    run = start("migrate", "--create-database", migrations=ONE, env={"DATABASE_URL": database.url_of("owner", name=NAME)})
    run.wait_for("could not be created")
    admin.execute("alter role owner createdb")
    try:
        assert run.finish().code == 0 and made("pg_get_userbyid(datdba)") == ("owner",)
    finally:
        admin.execute("alter role owner nocreatedb")


@pytest.mark.parametrize("options, code, word", [("encoding=nosuch", 78, "encoding"), ("owner=nosuch", 78, "nosuch"),
                                                 ("template=nosuch", 78, "template"), ("collation=C", 64, "collation")])
def test_options_that_the_server_does_not_take_are_78_and_unknown_ones_64(entrypoint, made, maker, options, code, word):
    run = entrypoint("migrate", "--create-database", "--create-database-options", options, "--login-grace", "300ms",
                     migrations=ONE, env={"DATABASE_URL": maker})
    assert run.code == code and word in run.err and "--create-database-options" in run.err and made() is None


def test_another_database_serves_to_connect_to(entrypoint, made, maker, database, admin):
    admin.execute("revoke connect on database postgres from public")
    try:
        run = entrypoint("migrate", "--create-database", "--login-grace", "0", migrations=ONE, env={"DATABASE_URL": maker})
        assert run.code == 77 and made() is None
        run = entrypoint("migrate", "--create-database", "--maintenance-database", database.name, env={"DATABASE_URL": maker})
        assert run.code == 0 and f"maintenance_database={database.name}" in run.err and made()
    finally:
        admin.execute("grant connect on database postgres to public")
    run = entrypoint("migrate", "--create-database", "--maintenance-database", "nosuch", "--login-grace", "0",
                     env={"DATABASE_URL": maker.replace(NAME, "another")})
    assert run.code == 77 and "--maintenance-database" in run.err and "nosuch" in run.err


def test_a_replica_that_comes_second_goes_on_with_the_database_of_the_first(start, made, maker, admin):
    with psycopg.connect(admin.info.dsn, password=admin.info.password, autocommit=True) as other:
        # What another CREATE DATABASE does until it commits: it has the name, in a transaction that is open.
        other.execute("begin; lock table pg_database in share mode")
        run = start("migrate", "--create-database", migrations=ONE, env={"DATABASE_URL": maker})
        waits = "select count(*) from pg_stat_activity where query like 'create database%' and wait_event_type = 'Lock'"
        until(lambda: admin.execute(waits).fetchone()[0], what="a CREATE DATABASE that waits")
        second = start("migrate", "--create-database", env={"DATABASE_URL": maker})
        until(lambda: admin.execute(waits).fetchone()[0] == 2, what="two of them")
        other.execute("commit")
        ended = [one.finish() for one in (run, second)]
    assert [one.code for one in ended] == [0, 0], [one.err for one in ended]
    told = sorted(line for one in ended for line in ("database created database", "another process has created") if line in one.err)
    assert told == ["another process has created", "database created database"]
    assert tables(maker) == ["one"]


def test_many_replicas_on_an_empty_server_make_one_database_and_all_serve(start, admin, made, maker, migrations):
    migrations({f"{number:04}_t.sql": f"create table t{number} (id integer);" for number in range(1, 6)})
    replicas = 20 if ROUNDS else 6
    for _ in range(max(ROUNDS, 1)):
        runs = [start("--create-database", "--", "echo", "started", env={"DATABASE_URL": maker}) for _ in range(replicas)]
        ended = [run.finish(60) for run in runs]
        assert [(run.code, run.out) for run in ended] == [(0, "started\n")] * replicas, "\n".join(run.err for run in ended)
        assert sum("info    database created" in run.err for run in ended) == 1
        assert sum("migrations applied" in run.err for run in ended) == 1
        assert admin.execute("select count(*) from pg_database where datname = %s", (NAME,)).fetchone()[0] == 1
        assert tables(maker) and len(tables(maker)) == 5
        admin.execute(f"drop database {NAME} with (force)")
    print(f"{max(ROUNDS, 1)} rounds of {replicas} replicas on a server without the database: one database each, all served")


def test_replicas_that_only_send_create_database_fail(maker, database):
    """The twin: what the option has to live with."""
    barrier, failures = threading.Barrier(6), []

    def create():
        with psycopg.connect(database.url_of("maker", name="postgres"), autocommit=True) as connection:
            barrier.wait()
            try:
                connection.execute(f"create database {NAME}")
            except psycopg.Error as error:
                failures.append(error.sqlstate)

    threads = [threading.Thread(target=create) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(failures) == 5 and set(failures) <= {"42P04", "23505"}
