"""What a migrator's sessions get from us, who is in their way, and what a pooler says of it."""

import contextlib
import os
import pathlib
import subprocess

import psycopg
import pytest

from alembic_project import AlembicProject
from conftest import ENCODED, PASSWORD
from runner import until
from servers import free_port

UPGRADE = ["--migrator", "alembic upgrade head"]
SHOW = ("select current_user, current_setting('statement_timeout'), current_setting('lock_timeout'), "
        "current_setting('client_connection_check_interval'), current_setting('work_mem')")


@pytest.fixture
def script(tmp_path):
    """A migrator that is a script; returns the options that name it."""

    def write(body, interpreter="/bin/sh"):
        path = tmp_path / "migrator"
        path.write_text(f"#!{interpreter}\n{body}")
        path.chmod(0o755)
        return ["--migrator", "./migrator"]

    return write


@pytest.fixture
def psql(script):
    """A migrator that is psql, with the database as its environment names it."""
    return lambda sql: script(f'exec psql -qXAt -v ON_ERROR_STOP=1 "$DATABASE_URL" -c "{sql}"\n')


@pytest.fixture
def busy(database):
    """A transaction that has written to the table `busy` and does nothing more."""
    database.execute("create table busy (id integer); alter table busy owner to owner")
    session = database.connect(autocommit=False)
    session.execute("set application_name = 'forgotten psql'; lock table busy in row exclusive mode")
    return session


@pytest.fixture
def role_may_create(database):
    database.execute(f"grant create on database {database.name} to other; grant create on schema public to other")
    yield "other"
    database.execute(f"revoke create on database {database.name} from other")


# What arrives

def conninfo(database, options):
    return (f"host={database.host} port={database.port} dbname={database.name} user=owner password='{PASSWORD}' "
            f"options='{options}'")


@pytest.mark.parametrize("spelling", ["url", "conninfo", "variable"])
def test_the_role_arrives_beside_the_options_that_are_there(entrypoint, psql, database, spelling):
    env = {"url": {"DATABASE_URL": database.url_of("owner", query="?options=-c%20work_mem%3D5MB")},
           "conninfo": {"DATABASE_URL": conninfo(database, "-c work_mem=5MB")},
           "variable": {"PGOPTIONS": "-c work_mem=5MB"}}[spelling]
    done = entrypoint(*psql(SHOW), "--role", "other", "--lock-timeout", "7s", "--debug", "--", "true", env=env)
    assert done.code == 0 and "migrator: other|0|7s|500ms|5MB" in done.err, done.err
    assert "the migrator's sessions, as libpq opens them" in done.err
    # The twin: switched off, nothing of it arrives, and the log says so.
    done = entrypoint(*psql(SHOW), "--role", "other", "--migrator-options", "off", "--", "true", env=env)
    assert done.code == 0 and "migrator: owner|0|0|0|5MB" in done.err
    assert "do not get all that was asked for" in done.err and "role=owner" in done.err


def test_with_alembic_and_options_in_the_url_the_role_owns_the_tables(entrypoint, database, tmp_path, role_may_create):
    AlembicProject(tmp_path).table("a1")
    url = database.url_of("owner", query="?options=-c%20work_mem%3D5MB")
    done = entrypoint(*UPGRADE, "--role", role_may_create, "--", "true", env={"DATABASE_URL": url})
    assert done.code == 0, done.err
    assert database.rows("select distinct tableowner from pg_tables where schemaname = 'public'") == [("other",)]


def test_a_role_that_would_not_arrive_is_refused_before_anything_runs(entrypoint, script, database, tmp_path):
    service = tmp_path / "services"
    service.write_text(f"[here]\nhost={database.host}\nport={database.port}\ndbname={database.name}\nuser=owner\n"
                       "options=-c work_mem=5MB\n")
    env = {"DATABASE_URL": None, "PGSERVICE": "here", "PGSERVICEFILE": service, "PGPASSWORD": PASSWORD}
    done = entrypoint(*script("touch ran"), "--role", "other", "--", "true", env=env)
    assert done.code == 78 and "would not get --role other" in done.err and "service file" in done.err
    assert not (tmp_path / "ran").exists()
    # Without a role only settings are missing.
    done = entrypoint(*script("touch ran"), "--", "true", env=env)
    assert done.code == 0 and "client_connection_check_interval=0" in done.err and (tmp_path / "ran").exists()


@pytest.mark.parametrize("asked, level", [([], "debug"), (["--role", "other"], "warning"), (["--statement-timeout", "1m"], "warning")])
def test_a_driver_without_libpq_is_told_of_where_something_was_asked_for(entrypoint, script, database, asked, level):
    env = {"DATABASE_URL": database.url_of("owner", scheme="postgresql+asyncpg")}
    done = entrypoint(*script("true"), *asked, "--debug", "--log-format", "json", "--", "true", env=env)
    told = [event for event in done.events() if "cannot be seen: asyncpg does not use libpq" in event["message"]]
    assert done.code == 0 and [event["level"] for event in told] == [level]


def test_the_line_of_the_recipe_gives_them_to_asyncpg(entrypoint, script):
    body = """import asyncio, os, asyncpg
OPTIONS = os.environ.get("PGOPTIONS")
SERVER_SETTINGS = {"options": OPTIONS} if OPTIONS else {}
async def main():
    session = await asyncpg.connect(os.environ["DATABASE_URL"], server_settings=SERVER_SETTINGS)
    print("role", await session.fetchval("select current_user"))
asyncio.run(main())
"""
    done = entrypoint(*script(body, "/usr/bin/env python3"), "--role", "other", "--", "true")
    assert done.code == 0 and "migrator: role other" in done.err, done.err


def test_a_limit_of_the_login_role_does_not_end_a_migrator(entrypoint, psql, database):
    database.execute(f"alter role owner in database {database.name} set statement_timeout = '700ms'")
    try:
        done = entrypoint(*psql("select pg_sleep(1.2)"), "--", "true")
        without = entrypoint(*psql("select pg_sleep(1.2)"), "--migrator-options", "off", "--", "true")
    finally:
        database.execute(f"alter role owner in database {database.name} reset statement_timeout")
    assert done.code == 0, done.err
    assert without.code == 76 and "statement_timeout=700" in without.err
    assert "raise --statement-timeout" in without.err.splitlines()[-1]


def test_a_limit_that_was_asked_for_does(entrypoint, psql):
    done = entrypoint(*psql("select pg_sleep(9)"), "--statement-timeout", "300ms", "--", "true")
    assert done.code == 76 and done.seconds < 5 and "raise --statement-timeout" in done.err.splitlines()[-1]


# Who is in the way

CONCURRENTLY = """with op.get_context().autocommit_block():
    op.execute('create index concurrently busy_id_idx on busy (id)')
"""


@pytest.fixture
def index_revision(tmp_path):
    AlembicProject(tmp_path).revision("i1", upgrade=CONCURRENTLY)


def valid(database):
    return database.value("select bool_and(indisvalid) from pg_index where indrelid = 'busy'::regclass")


def test_alembic_builds_an_index_concurrently_however_long_it_has_to_wait(start, index_revision, database, busy):
    run = start(*UPGRADE, "--", "echo", "started").wait_for("a migration is waiting for a lock", 15)
    assert f'holder_pid={busy.info.backend_pid} holder="forgotten psql" address=127.0.0.1 state="idle in transaction"' in run.err
    # The lock time-out for SQL files would be over.
    until(lambda: database.value("select max(clock_timestamp() - query_start) > '5.2 s' from pg_stat_activity "
                                 "where query like 'create index%%'"))
    busy.rollback()
    done = run.finish()
    assert (done.code, done.out) == (0, "started\n") and valid(database)


def test_the_twin_with_a_lock_timeout_leaves_it_invalid_and_is_75(entrypoint, index_revision, database, busy):
    done = entrypoint(*UPGRADE, "--lock-timeout", "1s", "--", "echo", "started")
    assert done.code == 75 and "after a lock time-out" in done.err.splitlines()[-1] and not valid(database)
    assert f"holder_pid={busy.info.backend_pid}" in done.err


def test_a_blocked_alter_serves_when_it_may(start, psql, database, busy):
    run = start(*psql("alter table busy add column n integer"), "--lock-timeout", "1s", "--migrator-retries", "10",
                "--", "echo", "started").wait_for("after a lock time-out: ./migrator; retrying")
    assert f"holder_pid={busy.info.backend_pid}" in run.err
    busy.rollback()
    done = run.finish()
    assert (done.code, done.out) == (0, "started\n")


def test_a_lock_timeout_that_nobody_asked_for_is_76(entrypoint, psql, busy):
    migrator = psql("set lock_timeout = '200ms'; alter table busy add column n integer")
    assert entrypoint(*migrator, "--", "true").code == 76
    assert entrypoint(*migrator, "--lock-timeout", "9s", "--", "true").code == 75


def test_one_that_waits_for_the_migrator_is_not_told_as_the_migrator(start, script, database):
    database.execute("create table busy (id integer); alter table busy owner to owner")
    reader = database.connect()
    run = start(*script('psql -qX "$DATABASE_URL" -c "alter table busy add n integer; select pg_sleep(2)"\n'),
                "--lock-timeout", "1s", "--", "true")
    until(lambda: database.value("select count(*) from pg_locks where mode = 'AccessExclusiveLock' and granted "
                                 "and relation = 'busy'::regclass"))
    reader.execute("select count(*) from busy")
    done = run.finish()
    assert done.code == 0 and "waiting for a lock" not in done.err


# Poolers

@pytest.fixture
def pooler(database):
    """PgBouncer in session mode; yields its URL."""
    port = free_port()
    path = pathlib.Path("/tmp") / f"pge-pgbouncer-{os.getpid()}-{port}.ini"
    path.write_text(f"[databases]\n{database.name} = host={database.host} port={database.port} user=owner "
                    f"password='{PASSWORD}'\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
                    "auth_type = any\npool_mode = session\nunix_socket_dir =\n")
    user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] if os.getuid() == 0 else []
    process = subprocess.Popen([*user, "pgbouncer", "-q", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = database.url_of("owner", ENCODED, port=port)
    try:
        until(lambda: answers(url), what="an answer of PgBouncer")
        yield url
    finally:
        process.kill()
        process.wait(5)
        path.unlink()


def answers(url):
    with contextlib.suppress(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2).close()
        return True


def test_a_pooler_that_the_migrator_finds_by_itself_refuses_options_and_the_hint_says_so(entrypoint, script, pooler):
    migrator = script('exec psql -qXAt "$POOLER_URL" -c "select 1"\n')
    done = entrypoint(*migrator, "--", "echo", "started", env={"POOLER_URL": pooler})
    assert done.code == 76 and "unsupported startup parameter" in done.err
    assert "--migrator-options=off" in done.err.splitlines()[-1]
    done = entrypoint(*migrator, "--migrator-options", "off", "--", "echo", "started", env={"POOLER_URL": pooler})
    assert (done.code, done.out) == (0, "started\n")
