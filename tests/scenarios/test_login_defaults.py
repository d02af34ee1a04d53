"""Settings that the server applies at login: the schema must not depend on the number of starts, replicas or steps."""

import signal

import psycopg
import pytest

from fault_proxy import Link
from pooler import Pooler
from runner import until

NEW_SESSION = "going on in a new session"
BY_DATABASE = "alter database scenario set search_path = app, public"
BY_ROLE = "alter role owner set search_path = app, public"
BY_BOTH = "alter role owner in database scenario set search_path = app, public"
TABLE = {"2_table.sql": "create table t (id integer);"}


@pytest.fixture(autouse=True)
def no_defaults_stay(database):
    yield
    database.execute("alter role owner reset all")
    database.execute("alter role owner in database scenario reset all")


def path_file(change):
    return {"1_path.sql": f"create schema app;\n{change};"}


def schema_of_t(database):
    return database.value("select schemaname from pg_tables where tablename = 't'")


@pytest.mark.parametrize("starts", [1, 2])
@pytest.mark.parametrize("change", [BY_DATABASE, BY_ROLE, BY_BOTH])
def test_one_start_gives_the_schema_that_two_give(entrypoint, database, change, starts):
    if starts == 2:
        assert entrypoint("migrate", migrations=path_file(change)).code == 0
    run = entrypoint("migrate", migrations=path_file(change) | TABLE)
    assert run.code == 0, run.err
    assert schema_of_t(database) == "app"
    assert database.applied() == ["1", "2"]
    assert run.err.count(NEW_SESSION) == (1 if starts == 1 else 0)
    assert f"migrations applied count={3 - starts}" in run.err
    assert "reconnecting" not in run.err and "waiting for the advisory lock" not in run.err
    assert database.lock_is_free()


def test_many_changes_are_no_lost_connections(entrypoint, database):
    files = {f"{n}_path.sql": f"create schema s{n};\nalter database scenario set search_path = s{n};\n"
                              "create table t (id integer);" for n in range(1, 9)}
    run = entrypoint("migrate", migrations=files)
    assert run.code == 0, run.err
    schemas = [row[0] for row in database.rows("select schemaname from pg_tables where tablename = 't' order by 1")]
    # Within a file the defaults stay those of its session, as with psql -f.
    assert schemas == ["public", *(f"s{n}" for n in range(1, 8))]
    assert run.err.count(NEW_SESSION) == 7 and "migrations applied count=8" in run.err


@pytest.mark.parametrize("change", [
    "alter role other set search_path = app, public", "alter database postgres set search_path = app, public",
    "alter role owner in database postgres set search_path = app, public", "set search_path = app, public"])
def test_settings_of_others_open_no_new_session(entrypoint, database, change):
    with psycopg.connect(database.url_of("boss"), autocommit=True) as boss:
        try:
            run = entrypoint("migrate", env={"DATABASE_URL": database.url_of("boss")}, migrations=path_file(change) | TABLE)
        finally:
            boss.execute("alter role other reset all")
            boss.execute("alter database postgres reset all")
            boss.execute("alter role owner in database postgres reset all")
    assert run.code == 0, run.err
    assert schema_of_t(database) == "public"
    assert NEW_SESSION not in run.err and run.err.count("database answered") == 1


def test_a_replica_that_logged_in_before_the_change_does_not_keep_the_old_defaults(start, database, proxy):
    proxy.at("pg_try_advisory_lock", Link.hold)
    run = start("migrate", migrations=TABLE, via=proxy)
    proxy.wait_for_hit()
    database.execute("create schema app authorization owner")
    database.execute(BY_DATABASE)
    proxy.release()
    done = run.finish()
    assert done.code == 0, done.err
    assert schema_of_t(database) == "app" and done.err.count(NEW_SESSION) == 1


STEPS = {"1_steps.sql": f"-- pg-entrypoint: no-transaction\ncreate schema app;\n{BY_DATABASE};\nselect pg_sleep(0.6);\n"
                        "create table t (id integer);"}


@pytest.mark.parametrize("interrupted", [False, True])
def test_a_file_in_steps_gives_the_same_whether_it_is_interrupted_or_not(start, database, interrupted):
    run = start("migrate", migrations=STEPS)
    if interrupted:
        until(lambda: database.running("pg_sleep"), what="the third step")
        run.signal(signal.SIGKILL)
        run.finish()
        until(lambda: database.backends() == 0, what="the end of the killed session")
        run = start("migrate")
    done = run.finish()
    assert done.code == 0, done.err
    assert schema_of_t(database) == "app"


def test_a_file_that_changes_its_session_user_is_judged_by_the_login_role(entrypoint, database):
    database.execute(BY_ROLE)
    text = "-- pg-entrypoint: no-transaction\nset session authorization owner;\ncreate table a ();\ncreate table b ();"
    run = entrypoint("migrate", env={"DATABASE_URL": database.url_of("boss")}, migrations={"1_user.sql": text})
    assert run.code == 0, run.err
    assert NEW_SESSION not in run.err


def test_down_parts_have_the_defaults_of_their_time_too(entrypoint, database):
    files = {"1_seen.sql": "create table public.seen (path text);\n-- migrate:down\n"
                           "insert into public.seen select current_setting('search_path');",
             "2_path.sql": f"create schema app;\n{BY_DATABASE};\n-- migrate:down\ndrop schema app;\n"
                           "alter database scenario reset search_path;"}
    assert entrypoint("migrate", migrations=files).code == 0
    run = entrypoint("down", "2")
    assert run.code == 0, run.err
    assert database.rows("select path from public.seen") == [('"$user", public',)]
    assert database.history() == []
    assert run.err.count(NEW_SESSION) == 1 and "reverted count=2" in run.err


def test_where_the_settings_may_not_be_read_nothing_is_checked(entrypoint, database):
    database.execute("revoke select on pg_catalog.pg_db_role_setting from public")
    try:
        run = entrypoint("migrate", migrations=path_file(BY_DATABASE) | TABLE)
    finally:
        database.execute("grant select on pg_catalog.pg_db_role_setting to public")
    assert run.code == 0, run.err
    assert database.applied() == ["1", "2"] and NEW_SESSION not in run.err


@pytest.mark.parametrize("changes", [True, False])
def test_through_a_pooler_a_change_is_told(entrypoint, fragile_cluster, changes):
    with psycopg.connect(fragile_cluster.url, autocommit=True) as admin:
        admin.execute("create database defaults owner owner")
        try:
            with Pooler(fragile_cluster.port, "transaction") as pooler:
                files = path_file(f"alter database {'defaults' if changes else 'defaults reset application_name; --'} "
                                  "set search_path = app, public") | TABLE
                run = entrypoint("migrate", "--allow-pooler", env={"DATABASE_URL": pooler.url("defaults")}, migrations=files)
        finally:
            admin.execute("drop database defaults with (force)")
    assert run.code == 0, run.err
    assert run.err.count("but a pooler's server connections keep") == (1 if changes else 0)
    assert NEW_SESSION not in run.err
