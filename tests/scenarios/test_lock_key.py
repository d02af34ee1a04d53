"""--lock-key: recorded in the history, and another one is refused."""

import json

import psycopg
import pytest

from alembic_project import AlembicProject
from conftest import HISTORY, OLD_HISTORY, lock_key
from runner import until

ONE = {"0001_one.sql": "create table one (id integer);"}
TWO = ONE | {"0002_two.sql": "create table two (id integer);"}
START = ["--", "echo", "started"]
MIGRATOR = ["--migrator", "true", "--migrator-inputs", "/etc/hostname", "--migrator-state", "select 1"]
KEY = ["--lock-key", "42"]
READER = "grant usage on schema pgentrypoint to reader; grant select on all tables in schema pgentrypoint to reader"


@pytest.fixture
def held(database):
    """Another session has the lock of this key."""

    def take(key):
        connection = database.connect()
        assert connection.execute("select pg_try_advisory_lock(%s)", (key,)).fetchone()[0]
        return connection

    return take


def refused(run, recorded, ours):
    assert run.code == 78 and run.out == "", run.err
    last = run.err.splitlines()[-1]
    assert f"was written under the advisory lock's key {recorded}, but this start has {ours}" in last
    return last


@pytest.mark.parametrize("key", [42, -1, 0, 2**63 - 1, -2**63])
def test_a_key_is_the_locks_and_is_recorded(entrypoint, start, database, held, key):
    holder = held(key)
    usual = held(lock_key())
    run = start("--lock-key", key, *START, migrations=TWO).wait_for("waiting for the advisory lock holder_pid=")
    holder.close()
    assert run.finish().code == 0
    usual.close()
    assert database.history("version, lock_key") == [("1", key), ("2", key)]
    assert entrypoint(*START, env={"PG_ENTRYPOINT_LOCK_KEY": key}).code == 0


@pytest.mark.parametrize("value", ["", "x", "1.5", "0x2a", " 42", "42 ", "9223372036854775808", "-9223372036854775809", "+1"])
def test_what_is_no_key_is_64(entrypoint, value):
    run = entrypoint(f"--lock-key={value}", *START, migrations=ONE)
    assert run.code == 64 and "--lock-key" in run.err and run.out == ""


def test_without_one_the_key_is_the_old_one_and_nothing_is_recorded(entrypoint, start, database, held):
    holder = held(lock_key())
    run = start(*START, migrations=ONE).wait_for("waiting for the advisory lock holder_pid=")
    holder.close()
    assert run.finish().code == 0 and database.history("lock_key") == [None]


@pytest.mark.parametrize("words", [START, ["migrate"], ["down"], ["accept", "1"], ["baseline", "1"]], ids=" ".join)
def test_a_start_with_another_key_is_refused_and_told_what_to_type(entrypoint, database, words):
    assert entrypoint("migrate", *KEY, migrations=ONE).code == 0
    # Also when nothing is pending: the mistake shows at once, and not in the night in which something is.
    for ours, given in ((43, ["--lock-key", "43"]), (lock_key(), [])):
        last = refused(entrypoint(*given, *words, migrations=ONE), 42, ours)
        value = "43" if given else "null"
        assert f"give it --lock-key 42; or, to change the key, when nothing starts with the old one any more: " \
               f"update \\\"pgentrypoint\\\".\\\"history\\\" set lock_key = {value}" in last
    assert database.applied() == ["1"]


def test_what_it_says_to_type_helps(entrypoint, database):
    assert entrypoint("migrate", *KEY, migrations=ONE).code == 0
    last = refused(entrypoint("migrate", "--lock-key", "43", migrations=TWO), 42, 43)
    database.execute(last[last.index("update "):last.index("= 43") + 4].replace("\\", ""))
    assert entrypoint("migrate", "--lock-key", "43").code == 0
    assert database.history("lock_key") == [43, 43]
    refused(entrypoint(*KEY, *START), 43, 42)


def test_a_history_from_before_has_the_derived_key(entrypoint, database):
    assert entrypoint("migrate", migrations=ONE).code == 0
    last = refused(entrypoint(*KEY, *START, migrations=TWO), lock_key(), 42)
    assert "leave out --lock-key; or, " in last and "set lock_key = 42" in last
    assert database.applied() == ["1"]
    # Its number is as good as none, and is recorded from now on.
    assert entrypoint("--lock-key", lock_key(), *START).code == 0
    assert database.history("lock_key") == [None, lock_key()]
    assert entrypoint("migrate").code == 0


def test_the_newest_row_counts(entrypoint, database):
    """A release that does not know the option writes none."""
    assert entrypoint("migrate", *KEY, migrations=TWO).code == 0
    database.execute(f"update {HISTORY} set lock_key = null where version = '2'")
    refused(entrypoint("migrate", *KEY), lock_key(), 42)
    assert entrypoint("migrate").code == 0
    # Rows come in the order of application, wherever they lie in the table.
    database.execute(f"update {HISTORY} set lock_key = 42 where version = '2'; update {HISTORY} set lock_key = null where version = '1'")
    assert entrypoint("migrate", *KEY).code == 0


def test_a_history_without_rows_takes_any_key(entrypoint, database):
    down = {name: text + "\n-- migrate:down\ndrop table one;\n" for name, text in ONE.items()}
    assert entrypoint("migrate", *KEY, migrations=down).code == 0
    assert entrypoint("down", *KEY).code == 0 and database.history() == []
    assert entrypoint("migrate", "--lock-key", "43").code == 0 and database.history("lock_key") == [43]


def test_two_first_starts_with_different_keys_do_not_both_migrate(start, database, migrations):
    """Neither waits for the other; the history's keys keep them apart."""
    migrations({"0001_one.sql": "select pg_sleep(0.5); create table one (id integer); insert into one values (1);"})
    runs = [start("--lock-key", key, *START) for key in (42, 43)]
    codes = sorted(run.finish().code for run in runs)
    assert codes[0] == 0 and codes[1] in (76, 78), [run.err for run in runs]
    assert database.value("select count(*) from one") == 1 and len(database.history()) == 1


@pytest.mark.parametrize("words", [["check"], ["wait", "--for-migrations"], ["--migrate=check", *START], ["--migrate=wait", *START],
                                   ["migrate", "--migrate=wait"]], ids=" ".join)
def test_who_takes_no_lock_needs_no_key_but_none_may_be_wrong(entrypoint, database, words):
    assert entrypoint("migrate", *KEY, migrations=ONE).code == 0
    assert entrypoint(*words).code == 0 and entrypoint(*KEY, *words).code == 0
    refused(entrypoint("--lock-key", "43", *words), 42, 43)


def test_a_role_that_may_only_read_sees_who_migrates_under_the_recorded_key(start, entrypoint, database, held):
    assert entrypoint("migrate", *KEY, migrations=ONE).code == 0
    database.execute(READER)
    holder = held(42)
    pid = holder.execute("select pg_backend_pid()").fetchone()[0]
    worker = start("wait", "--for-migrations", migrations=TWO, env={"DATABASE_URL": database.url_of("reader")})
    worker.wait_for(f"waiting for migrations pending=1 of=2 next=2_two holder_pid={pid} ")
    holder.close()
    assert entrypoint("migrate", *KEY).code == 0 and worker.finish().code == 0
    status = entrypoint("status", "--json", env={"DATABASE_URL": database.url_of("reader")})
    assert status.code == 0 and json.loads(status.out)["lock_key"] == "42"


# status

def shown(entrypoint, *words, **options):
    document = json.loads(entrypoint("status", "--json", *words, **options).out)
    text = entrypoint("status", *words, **options).out.splitlines()[-1]
    return document.get("lock_key"), document.get("lock_key_here"), text


def test_status_shows_the_key(entrypoint, database):
    usual = str(lock_key())
    assert shown(entrypoint, migrations=ONE) == (usual, None, f"lock key: {usual}")
    assert shown(entrypoint, "--history-table", "meta.a")[0] == str(lock_key("meta", "a"))
    assert shown(entrypoint, *KEY) == ("42", None, "lock key: 42")
    assert entrypoint("migrate", *KEY).code == 0
    assert shown(entrypoint, *KEY) == ("42", None, "lock key: 42")
    assert shown(entrypoint) == ("42", usual, f"lock key: 42, but here it is {usual}: a start is refused")
    assert shown(entrypoint, "--lock-key", "43") == ("42", "43", "lock key: 42, but here it is 43: a start is refused")


def test_status_shows_it_of_a_migrator_and_of_alembic(entrypoint, database, tmp_path):
    usual = str(lock_key())
    assert shown(entrypoint, *MIGRATOR) == (usual, None, f"lock key: {usual}")
    AlembicProject(tmp_path).table("a1", None)
    for env in ({}, {"DATABASE_URL": database.url_of("reader")}):
        assert shown(entrypoint, *KEY, env=env) == ("42", None, "lock key: 42")


# Migrators and tables of older releases

def test_a_migrators_key_is_recorded_too(entrypoint, database):
    assert entrypoint(*KEY, *MIGRATOR, *START).code == 0
    assert database.history("kind, lock_key") == [("receipt", 42)]
    again = entrypoint(*KEY, *MIGRATOR, *START)
    assert (again.code, again.out) == (0, "started\n") and "nothing to do" in again.err
    refused(entrypoint(*MIGRATOR, *START), 42, lock_key())
    refused(entrypoint("--lock-key", "43", "--migrate=check", *MIGRATOR, *START), 42, 43)
    assert entrypoint("check", *MIGRATOR).code == 0
    assert shown(entrypoint, *MIGRATOR)[:2] == ("42", str(lock_key()))
    # Files beside it go on from there; the row is none of theirs.
    assert entrypoint("migrate", *KEY, migrations=ONE).code == 0
    assert [entry["version"] for entry in json.loads(entrypoint("status", "--json", *KEY).out)["migrations"]] == ["1"]
    # The twin: without a key there is no such row.
    database.execute("drop schema pgentrypoint cascade; drop table one")
    assert entrypoint(*MIGRATOR, *START).code == 0 and database.history() == []


def test_alembics_key_is_recorded_too(entrypoint, database, tmp_path):
    AlembicProject(tmp_path).table("a1", None)
    upgrade = ["--migrator", "alembic upgrade head"]
    assert entrypoint("migrate", *KEY, *upgrade).code == 0
    assert database.history("kind, lock_key") == [("receipt", 42)]
    refused(entrypoint("migrate", "--lock-key", "43", *upgrade), 42, 43)
    assert entrypoint("migrate", *KEY, *upgrade).code == 0


def test_a_table_without_the_column_has_the_derived_key(entrypoint, database):
    assert entrypoint("migrate", "--history-table", OLD_HISTORY, migrations=ONE).code == 0
    for column in ("written_format", "session_pid", "session_started", "applied_in", "replicated", "lock_key"):
        database.execute(f"alter table {OLD_HISTORY} drop column {column}")
    last = refused(entrypoint("migrate", *KEY, migrations=TWO), lock_key(), 42)
    assert "leave out --lock-key" in last and "set lock_key" not in last and "once without --lock-key" in last
    assert entrypoint("migrate").code == 0
    assert "set lock_key = 42" in refused(entrypoint("migrate", *KEY), lock_key(), 42)


def test_a_key_that_an_empty_table_cannot_record_is_refused(entrypoint, database):
    assert entrypoint("migrate", "--history-table", OLD_HISTORY, migrations=ONE).code == 0
    for column in ("written_format", "session_pid", "session_started", "applied_in", "replicated", "lock_key"):
        database.execute(f"alter table {OLD_HISTORY} drop column {column}")
    database.execute(f"truncate {OLD_HISTORY}; drop table one; alter table {OLD_HISTORY} owner to boss; "
                     f"grant select, insert, update on {OLD_HISTORY} to owner")
    run = entrypoint("migrate", *KEY)
    assert run.code == 78 and "has no column that could record --lock-key" in run.err.splitlines()[-1]
    assert not database.exists("one")
    assert entrypoint("migrate").code == 0


def test_through_a_pooler_the_key_is_the_same(start, database, held):
    holder = held(42)
    run = start("migrate", "--allow-pooler", *KEY, migrations=TWO).wait_for("waiting for the advisory lock holder_pid=")
    holder.close()
    assert run.finish().code == 0 and database.history("lock_key") == [42, 42]


def test_a_key_that_is_given_is_shared_with_other_programs(start, database):
    """What it is there for: a program of the project's own that must not run beside a migration."""
    with psycopg.connect(database.url, autocommit=True) as other:
        run = start(*KEY, *START, migrations={"0001_slow.sql": "select pg_sleep(0.5); create table one (id integer);"})
        until(lambda: database.running("pg_sleep"), what="the migration")
        assert other.execute("select pg_try_advisory_lock(42)").fetchone()[0] is False
        assert run.finish().code == 0
        assert other.execute("select pg_try_advisory_lock(42)").fetchone()[0] is True
