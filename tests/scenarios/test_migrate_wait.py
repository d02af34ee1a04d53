"""--migrate=wait and wait --for-migrations: somebody else migrates, and a role that may only read sees when it is done."""

import re

import psycopg
import pytest

from alembic_project import AlembicProject
from conftest import ENCODED
from runner import until
from servers import free_port

ONE = {"0001_one.sql": "create table one (id integer);"}
# What docs/history-table.md says for a role that only looks, by the role that migrates.
GRANTS = ("create schema if not exists pgentrypoint; grant usage on schema pgentrypoint to reader; "
          "alter default privileges in schema pgentrypoint grant select on tables to reader")
SERVE = ["--", "echo", "started"]


@pytest.fixture
def reader(database):
    """The URL of a role that may read pg-entrypoint's tables and nothing else."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(GRANTS)
    return database.url_of("reader")


@pytest.fixture(params=["run", "wait"])
def waiting(request, start, reader):
    """Starts a worker that waits, by the option or by the command; `served` is what it prints when the wait is over."""
    words = (["--migrate", "wait"], SERVE) if request.param == "run" else (["wait", "--for-migrations"], [])

    def begin(*options, env=None, **more):
        return start(*words[0], *options, *words[1], env={"DATABASE_URL": reader} | (env or {}), **more)

    begin.served = "started\n" if request.param == "run" else ""
    return begin


def test_it_waits_until_somebody_else_has_migrated(entrypoint, database, waiting):
    worker = waiting(migrations=ONE)
    worker.wait_for('waiting for migrations pending=1 of=1 next=1_one holder="nobody migrates now"')
    assert not database.exists("one") and not database.exists("pgentrypoint.history")
    assert entrypoint("migrate").code == 0
    done = worker.finish()
    assert (done.code, done.out) == (0, waiting.served), done.err
    assert "nothing to apply" in done.err and "advisory lock" not in done.err


def test_when_all_is_there_it_does_not_wait(entrypoint, waiting):
    assert entrypoint("migrate", migrations=ONE).code == 0
    done = waiting().finish()
    assert (done.code, done.out) == (0, waiting.served) and "waiting for migrations" not in done.err


def test_with_auto_the_same_role_is_refused(entrypoint, reader):
    """The twin: it may read, and that is all."""
    run = entrypoint("--migrate", "auto", *SERVE, migrations=ONE, env={"DATABASE_URL": reader})
    assert run.code == 77 and run.out == ""


def test_its_own_timeout_is_75_and_says_what_is_missing(database, waiting):
    run = waiting("--migrations-timeout", "1s", "--wait-timeout", "30s", "--advisory-lock-timeout", "30s",
                  migrations=ONE | {"0002_two.sql": "select 1;"}).finish()
    assert run.code == 75 and run.out == "" and 1.0 <= run.seconds < 2.5
    assert "nobody has migrated within 1 s: the schema is behind: 2 migration(s) pending, the first is 1_one" in run.err
    assert "nobody migrates now" in run.err and "--migrations-timeout" in run.err
    assert not database.exists("pgentrypoint.history")


def test_it_says_who_migrates_and_how_far(start, database, waiting, migrations):
    migrations({"0001_one.sql": "create table one (id integer);",
                "0002_two.sql": "-- pg-entrypoint: no-transaction\nselect 1;\nselect pg_sleep(2.5);\nselect 2;"})
    web = start("migrate")
    web.wait_for("migration started version=2")
    until(lambda: database.running("pg_sleep"), what="the second step")
    worker = waiting("--migrations-timeout", "30s")
    worker.wait_for("waiting for migrations pending=1 of=2 next=2_two step=1 steps=3 holder_pid=")
    assert re.search(r"holder=pg-entrypoint/\S+ ", worker.err), worker.err
    done = worker.finish()
    assert web.finish().code == 0 and (done.code, done.out) == (0, waiting.served), done.err


def test_files_that_are_refused_are_not_kept_for_a_right_to_read(entrypoint, database):
    assert entrypoint("migrate", migrations=ONE).code == 0
    run = entrypoint("--migrate", "wait", *SERVE, env={"DATABASE_URL": database.url_of("reader")}, migrations=ONE | {"1_again.sql": ""})
    assert run.code == 65 and "two files have version 1" in run.err and "waiting for migrations" not in run.err


def test_a_right_to_read_that_a_migration_grants_is_waited_for(entrypoint, start, database):
    grant = ("grant usage on schema pgentrypoint to reader; grant select on all tables in schema pgentrypoint to reader;")
    assert entrypoint("migrate", migrations=ONE).code == 0
    worker = start("--migrate", "wait", *SERVE, env={"DATABASE_URL": database.url_of("reader")},
                   migrations=ONE | {"0002_grants.sql": grant})
    worker.wait_for("warning waiting for migrations, which this role cannot see").wait_for("grant")
    assert entrypoint("migrate").code == 0
    done = worker.finish()
    assert (done.code, done.out) == (0, "started\n"), done.err


def test_one_that_is_never_granted_is_77_at_the_timeout(entrypoint, database):
    assert entrypoint("migrate", migrations=ONE).code == 0
    run = entrypoint("--migrate", "wait", "--migrations-timeout", "1s", *SERVE, env={"DATABASE_URL": database.url_of("reader")})
    assert run.code == 77 and run.out == "" and run.seconds >= 1 and "grant" in run.err.splitlines()[-1]


def test_files_that_do_not_fit_the_history_are_not_waited_for(entrypoint, reader):
    assert entrypoint("migrate", migrations=ONE).code == 0
    run = entrypoint("--migrate", "wait", *SERVE, migrations={"0001_one.sql": "select 'changed';"}, env={"DATABASE_URL": reader})
    assert run.code == 65 and run.out == "" and run.seconds < 3


def test_a_lost_connection_does_not_end_the_wait(entrypoint, database, waiting):
    worker = waiting(migrations=ONE).wait_for("waiting for migrations")
    database.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'reader'")
    worker.wait_for("reconnecting")
    assert entrypoint("migrate").code == 0
    done = worker.finish()
    assert (done.code, done.out) == (0, waiting.served), done.err


def test_it_holds_no_connection_meanwhile(entrypoint, database, waiting):
    worker = waiting(migrations=ONE).wait_for("waiting for migrations")
    until(lambda: database.backends() == 0, what="a worker without a connection")
    assert entrypoint("migrate").code == 0
    done = worker.finish(8)
    assert (done.code, done.out) == (0, waiting.served), done.err
    assert done.err.count("waiting for migrations") == 1 and done.err.count("database answered") == 1
    assert "reconnecting" not in done.err


@pytest.mark.parametrize("away", [False, True])
def test_a_stop_ends_the_wait_at_once(database, waiting, away):
    worker = waiting(migrations=ONE).wait_for("waiting for migrations")
    if away:
        until(lambda: database.backends() == 0, what="a worker without a connection")
    done = worker.signal().finish()
    assert done.code == 143 and done.out == "" and done.seconds_after_signal < 1


def test_the_database_itself_is_waited_for_as_always(entrypoint):
    run = entrypoint("--migrate", "wait", "--wait-timeout", "300ms", *SERVE, migrations=ONE,
                     env={"DATABASE_URL": f"postgresql://reader:{ENCODED}@127.0.0.1:{free_port()}/app"})
    assert run.code == 69


@pytest.fixture
def migrator(database, tmp_path):
    """A migrator with inputs and a state that the reader may see; its options."""
    script = tmp_path / "migrator.sh"
    script.write_text('#!/bin/sh\npsql -qX "$DATABASE_URL" -c "create table if not exists state (id integer); '
                      'insert into state values (1); grant select on state to reader"\n')
    script.chmod(0o755)
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / "one").touch()
    return ["--migrator", "./migrator.sh", "--migrator-inputs", "inputs", "--migrator-state", "select id from state order by 1"]


def test_a_receipt_of_another_role_ends_the_wait(entrypoint, waiting, migrator):
    worker = waiting(*migrator)
    worker.wait_for("waiting for migrations migrator=./migrator.sh")
    assert entrypoint("migrate", *migrator).code == 0
    done = worker.finish()
    assert (done.code, done.out) == (0, waiting.served), done.err
    assert "migrator started" not in done.err


def test_a_receipt_of_other_inputs_does_not(entrypoint, waiting, migrator, tmp_path):
    """The twin."""
    assert entrypoint("migrate", *migrator).code == 0
    (tmp_path / "inputs" / "one").write_text("changed")
    done = waiting(*migrator, "--migrations-timeout", "1s").finish()
    assert done.code == 75 and done.out == "" and "./migrator.sh has to run" in done.err


def test_a_receipt_of_another_search_path_does_not(entrypoint, waiting, migrator, database):
    database.execute(f"alter role owner in database {database.name} set search_path = public")
    try:
        assert entrypoint("migrate", *migrator).code == 0
    finally:
        database.execute(f"alter role owner in database {database.name} reset all")
    assert waiting(*migrator, "--migrations-timeout", "1s").finish().code == 75


@pytest.mark.parametrize("options", [[], ["--migrator-inputs", "inputs"],
                                     ["--migrator-inputs", "inputs", "--migrator-state", "select 1", "--migrator-cache", "off"]])
def test_a_migrator_that_shows_nothing_cannot_be_waited_for(entrypoint, migrator, reader, options):
    run = entrypoint("--migrate", "wait", *migrator[:2], *options, *SERVE, env={"DATABASE_URL": reader})
    assert run.code == 78 and "cannot be waited for" in run.err and "--migrator-state" in run.err
    assert run.out == "" and "database answered" not in run.err


def test_alembics_heads_are_waited_for(entrypoint, database, waiting, tmp_path):
    project = AlembicProject(tmp_path)
    project.revision("a1", None, "op.execute('create table a1 (id integer); grant select on alembic_version to reader')")
    project.table("a2", "a1")
    options = ["--migrator", "alembic upgrade head"]
    worker = waiting(*options)
    worker.wait_for("waiting for migrations pending=2 of=2 next=a1")
    assert project.alembic("upgrade", "a1", url=database.url).returncode == 0
    worker.wait_for("waiting for migrations pending=1 of=2 next=a2")
    assert entrypoint("migrate", *options).code == 0
    done = worker.finish()
    assert (done.code, done.out) == (0, waiting.served), done.err
    assert "migrator started" not in done.err


def test_the_command_finds_an_alembic_project_without_a_migrator(entrypoint, database, tmp_path):
    project = AlembicProject(tmp_path)
    project.table("a1")
    run = entrypoint("wait", "--for-migrations", "--migrations-timeout", "500ms")
    assert run.code == 75 and "next=a1" in run.err
    assert project.alembic("upgrade", "head", url=database.url).returncode == 0
    assert entrypoint("wait", "--for-migrations").code == 0


def test_wait_alone_waits_for_no_migrations(entrypoint, reader):
    run = entrypoint("wait", migrations=ONE, env={"DATABASE_URL": reader})
    assert run.code == 0 and "migrations" not in run.err
