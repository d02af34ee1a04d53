"""Migrations that change the session: the next file sees the profile again, the lock is proven before it goes on."""

import pytest

from conftest import lock_key

PROFILE = """create table seen as select current_user as role, session_user as login,
  current_setting('search_path') as path, current_setting('lock_timeout') as lock_timeout,
  current_setting('statement_timeout') as statement_timeout, current_setting('client_encoding') as encoding,
  current_setting('standard_conforming_strings') as strings, current_setting('transaction_read_only') as read_only,
  current_setting('transaction_isolation') as isolation, current_setting('work_mem') as work_mem;"""
USUAL = ('"$user", public', "500ms", "0", "UTF8", "on", "off", "read committed", "4MB")


def assert_usual_profile(database, user):
    role, login, *rest = database.rows("select * from public.seen")[0]
    assert (role, login) == (user, user)
    assert tuple(rest) == USUAL


@pytest.mark.parametrize("head", ["", "-- pg-entrypoint: no-transaction\n"], ids=["transaction", "no-transaction"])
@pytest.mark.parametrize("text", [
    "set role other;",
    "set session authorization other;",
    "set search_path to nowhere;",
    "select pg_catalog.set_config('search_path', '', false);",
    "set lock_timeout = 0; set statement_timeout = '2h'; set work_mem = '5MB';",
    "set statement_timeout = '1ms';",
    "set client_encoding = 'LATIN1';",
    "set standard_conforming_strings = off;",
    "set default_transaction_read_only = on;",
    "select pg_catalog.set_config('default_transaction_isolation', 'serializable', false);",
    "set session characteristics as transaction read only;",
])
def test_the_next_file_sees_the_usual_session(entrypoint, database, head, text):
    run = entrypoint("--", "echo", "started", env={"DATABASE_URL": database.url_of("boss")},
                     migrations={"0001_größer.sql": head + text, "0002_look.sql": PROFILE})
    assert (run.code, run.out) == (0, "started\n"), run.err
    assert_usual_profile(database, "boss")
    assert database.history("name, state") == [("größer", "applied"), ("look", "applied")]


@pytest.mark.parametrize("first, second", [
    ("create temp table t (id integer);", "create table t (id integer); insert into t values (1);"),
    ("prepare p as select 1;", "prepare p as select 2; create table t as execute p;"),
    ("declare c cursor with hold for select 1;", "declare c cursor for select 2; create table t as select 1;"),
    ("listen channel;", "create table t as select * from pg_listening_channels() union select 'none';"),
    ("create temp table history (id integer);", "create table t as select 1;"),
], ids=["temp", "prepare", "cursor", "listen", "temp-history"])
def test_what_a_file_leaves_in_the_session_is_gone_for_the_next(entrypoint, database, first, second):
    run = entrypoint("migrate", migrations={"0001_first.sql": first, "0002_second.sql": second})
    assert run.code == 0, run.err
    assert database.applied() == ["1", "2"]
    assert database.value("select count(*) from public.t") == 1


def test_a_role_that_may_not_change_settings_by_function_has_the_rest_of_the_profile(entrypoint, database):
    """Then it is tried which of the settings that spare a session the server accepts."""
    function = "function pg_catalog.set_config(text, text, boolean)"
    database.execute(f"revoke execute on {function} from public")
    try:
        run = entrypoint("--", "echo", "started", migrations={"0001_set.sql": "set work_mem = '5MB';", "0002_look.sql": PROFILE})
    finally:
        database.execute(f"grant execute on {function} to public")
    assert (run.code, run.out) == (0, "started\n"), run.err
    assert_usual_profile(database, "owner")


DYNAMIC = """create function run(statement text) returns void language plpgsql as 'begin execute statement; end';"""


@pytest.mark.parametrize("second, third", [
    ("deallocate all; create table t (id integer);", "insert into t values (1);"),
    ("select run('deallocate all'); create table t (id integer);", "insert into t values (1);"),
    ("select run('prepare p as select 1'); create table t (id integer);",
     "select run('prepare p as select 1'); insert into t values (1);"),
    ("create table t (id integer); insert into t values (1); prepare p as select 1; deallocate all; "
     "prepare q as select 1;",
     "prepare p as select 1; prepare q as select 1;"),
], ids=["deallocate", "dynamic-deallocate", "dynamic-prepare", "both"])
def test_a_file_may_do_what_it_likes_to_prepared_statements(entrypoint, database, second, third):
    fourth = second.replace("table t", "table u").replace("into t", "into u")
    files = {"0001_a.sql": DYNAMIC, "0002_b.sql": second, "0003_c.sql": third, "0004_d.sql": fourth}
    run = entrypoint("migrate", migrations=files)
    assert run.code == 0, run.err
    assert run.err.count("migration started") == 4
    assert database.applied() == ["1", "2", "3", "4"]
    assert database.value("select count(*) from public.t") == 1


def test_the_server_keeps_our_repeated_statements(entrypoint, database):
    look = "create table seen_{} as select name, generic_plans + custom_plans as runs from pg_prepared_statements;"
    run = entrypoint("migrate", migrations={f"{number:04}_look.sql": look.format(number) for number in range(1, 5)})
    assert run.code == 0, run.err
    counts = [database.value(f"select count(*) from public.seen_{number}") for number in range(1, 5)]
    # Of the first file the profile and the proofs; of the others the rows as well. No text is prepared twice.
    assert 3 <= counts[0] < counts[1] == counts[2] == counts[3] <= 8, counts
    assert database.value("select max(runs) from public.seen_4") == 4
    assert database.value("select bool_and(name like 'pg_entrypoint_%%') from public.seen_4")


def test_who_may_not_look_for_prepared_statements_has_them_deallocated(entrypoint, database):
    database.execute("revoke all on pg_catalog.pg_prepared_statements from public")
    files = {f"{number:04}_x.sql": f"prepare p as select 1; create table t{number} (id integer);" for number in range(1, 4)}
    try:
        run = entrypoint("migrate", migrations=files)
    finally:
        database.execute("grant select on pg_catalog.pg_prepared_statements to public")
    assert run.code == 0 and run.err.count("migration started") == 3, run.err
    assert database.applied() == ["1", "2", "3"]


THREE = {"0001_a.sql": "create table a (id integer);", "0003_c.sql": "create table c (id integer);"}


@pytest.mark.parametrize("text", ["create table b (id integer); select pg_advisory_unlock_all();",
                                  "-- pg-entrypoint: no-transaction\ncreate table b (id integer);\nselect pg_advisory_unlock_all();",
                                  "-- pg-entrypoint: no-transaction\ncreate table b (id integer);\ndiscard all;"],
                         ids=["unlock", "unlock-no-transaction", "discard"])
def test_a_migration_that_drops_the_lock_stops_there_and_the_next_start_goes_on(entrypoint, database, text):
    files = THREE | {"0002_b.sql": text}
    run = entrypoint("--", "echo", "started", migrations=files)
    assert run.code == 76 and "the advisory lock was lost" in run.err
    assert "started" not in run.out and not database.exists("c")
    assert database.applied() == ["1", "2"]
    run = entrypoint("--", "echo", "started")
    assert (run.code, run.out) == (0, "started\n")
    assert database.applied() == ["1", "2", "3"]


def test_dropping_the_lock_in_the_last_file_is_told_as_what_it_is(entrypoint, database):
    run = entrypoint("migrate", migrations={"0001_a.sql": "create table a (id integer); select pg_advisory_unlock_all();"})
    assert run.code == 76 and "the advisory lock was lost" in run.err
    assert database.applied() == ["1"]
    assert entrypoint("migrate").code == 0


def test_a_transaction_keeps_others_out_even_after_it_dropped_the_lock(entrypoint, database):
    key = lock_key()
    high, low = (key >> 32) & 0xFFFFFFFF, key & 0xFFFFFFFF
    text = ("select pg_advisory_unlock_all();\ncreate table held as select count(*) from pg_locks where locktype = "
            f"'advisory' and granted and classid = {high}::oid and objid = {low}::oid;")
    entrypoint("migrate", migrations={"0001_a.sql": text})
    assert database.value("select count from held") == 1


def test_a_role_owns_what_is_made_and_the_history(entrypoint, database):
    database.execute(f"grant create on schema public to other; grant create on database {database.name} to other")
    run = entrypoint("migrate", "--role", "other", migrations={"0001_a.sql": "create table a (id integer);",
                                                               "0002_b.sql": "reset role;\ncreate table b (id integer);",
                                                               "0003_c.sql": "create table c (id integer);"})
    assert run.code == 0, run.err
    owners = dict(database.rows("select tablename, tableowner from pg_tables where schemaname in ('public', 'pgentrypoint')"))
    assert owners == {"a": "other", "b": "owner", "c": "other", "history": "other"}


def test_a_role_that_we_may_not_take_is_77(entrypoint, database):
    run = entrypoint("--role", "boss", "--", "echo", "started", migrations=THREE)
    assert run.code == 77 and "grant boss" in run.err
    assert "started" not in run.out and not database.exists("a")


def test_a_role_that_does_not_exist_is_77(entrypoint, database):
    run = entrypoint("migrate", "--role", "nosuch", migrations=THREE)
    assert run.code == 77 and "nosuch" in run.err
    assert not database.exists("a")


@pytest.mark.parametrize("way", ["option", "url", "role"])
def test_the_search_path_is_the_one_that_was_asked_for(entrypoint, database, way):
    database.execute("create schema app authorization owner")
    options, env = [], {}
    if way == "option":
        options = ["--search-path", "app, public"]
    elif way == "url":
        env = {"DATABASE_URL": database.url + "?schema=app"}
    else:
        database.execute(f"alter database {database.name} set search_path to app, public")
    run = entrypoint("migrate", *options, env=env, migrations={"0001_a.sql": "create table a (id integer);\nset search_path to public;",
                                                               "0002_b.sql": "create table b (id integer);"})
    assert run.code == 0, run.err
    assert database.exists("app.a") and database.exists("app.b")
    assert database.applied() == ["1", "2"]  # the history is where it always is


def test_the_profile_is_printed_when_debugging(entrypoint):
    run = entrypoint("migrate", "--debug", migrations=THREE)
    assert 'session profile role="(login role)"' in run.err and "lock_timeout_ms=5000" in run.err
    assert 'sql="create table a (id integer)' in run.err
