"""The advisory lock among replicas, and PostgreSQL's own locks."""

import os
import re
import time

import psycopg
import pytest

from fault_proxy import Link
from runner import until
from stops import assert_stopped

ROUNDS = int(os.environ.get("PGE_ROUNDS", "2"))
ONE = {"0001_one.sql": "create table one (id integer);"}


def twenty():
    files = {f"{number:04}_step.sql": f"create table t{number} (id integer);\ninsert into t{number} values ({number});"
             for number in range(1, 21)}
    files["0012_step.sql"] = ("-- pg-entrypoint: no-transaction\ncreate table t12 (id integer);\n"
                              "insert into t12 values (12);\ncreate index concurrently t12_id_idx on t12 (id);\n")
    return files


@pytest.mark.parametrize("_round", range(ROUNDS))
def test_five_at_once_apply_each_of_twenty_exactly_once(start, database, migrations, in_parallel, _round):
    migrations(twenty())
    runs = [start("--", "echo", "started") for _ in range(5)]
    done = in_parallel([lambda run=run: run.finish(60) for run in runs])
    assert [(run.code, run.out) for run in done] == [(0, "started\n")] * 5
    assert database.applied() == [str(number) for number in range(1, 21)]
    for number in range(1, 21):
        assert database.value(f"select array_agg(id) from t{number}") == [number]
    assert database.value("select indisvalid from pg_index where indexrelid = 't12_id_idx'::regclass")
    applied = sum(run.err.count("migration applied") for run in done)
    assert applied == 20
    assert database.lock_is_free()


def test_the_holder_of_the_lock_is_named(start, database):
    holder = database.connect()
    holder.execute("set application_name = 'pg-entrypoint/other-pod'")
    holder.close()
    holder = database.hold_lock()
    holder.execute("set application_name = 'pg-entrypoint/other-pod'")
    run = start("migrate", migrations=ONE).wait_for("waiting for the advisory lock")
    assert f"holder_pid={holder.info.backend_pid} holder=pg-entrypoint/other-pod address=127.0.0.1 since=20" in run.err
    assert not database.exists("one")
    holder.close()
    assert run.finish().code == 0
    assert database.applied() == ["1"]


def test_a_lock_that_stays_taken_is_75(entrypoint, database):
    holder = database.hold_lock()
    run = entrypoint("--advisory-lock-timeout", "1s", "--", "echo", "started", migrations=ONE)
    assert run.code == 75
    assert 1 <= run.seconds < 3
    assert f"held by: holder_pid {holder.info.backend_pid}" in run.err
    assert "started" not in run.out and not database.exists("one")


def test_nothing_pending_takes_no_lock(entrypoint, database):
    assert entrypoint("migrate", migrations=ONE).code == 0
    database.hold_lock()
    run = entrypoint("--", "echo", "started")
    assert (run.code, run.out) == (0, "started\n")
    assert "lock" not in run.err


def test_waiters_leave_together_when_another_has_done_the_work(start, entrypoint, database):
    assert entrypoint("migrate", migrations=ONE).code == 0
    database.execute("alter table pgentrypoint.history rename to kept")
    database.execute("create table pgentrypoint.history (like pgentrypoint.kept including all)", user="owner")
    database.hold_lock()
    runs = [start("--", "echo", "started") for _ in range(3)]
    for run in runs:
        run.wait_for("waiting for the advisory lock")
    database.execute("insert into pgentrypoint.history select * from pgentrypoint.kept")
    # The lock is still taken: nobody gets a turn, nobody needs one.
    assert [run.finish(5).code for run in runs] == [0, 0, 0]


def test_a_waiter_leaves_its_connection_and_comes_back(start, database, proxy):
    """Nor do its returns count as lost connections, of which five are allowed."""
    holder = database.hold_lock()
    run = start("--", "echo", "started", migrations={"0001_one.sql": "create table one (n integer);\ninsert into one values (1);"},
                via=proxy)
    run.wait_for("waiting for the advisory lock")
    until(lambda: database.backends() == 0, what="a waiter without a connection")
    before = proxy.accepted
    until(lambda: proxy.accepted >= before + 2, what="two more looks")
    for nth in range(1, 6):
        proxy.at("insert into one", Link.cut, nth=nth)
    holder.close()
    done = run.finish()
    assert (done.code, done.out) == (0, "started\n"), done.err
    assert done.err.count("reconnecting to see what was done") == 5
    assert database.rows("select n from one") == [(1,)]
    # Each thing is told once: it is the same wait in all its sessions.
    assert done.err.count("waiting for the advisory lock") == 1 and done.err.count("session profile") == 6


def test_one_that_is_away_is_stopped_at_once(start, database):
    database.hold_lock()
    run = start("--", "echo", "started", migrations=ONE).wait_for("waiting for the advisory lock")
    until(lambda: database.backends() == 0, what="a waiter without a connection")
    assert_stopped(run.signal().finish())


def test_one_that_finds_the_work_done_takes_no_lock(start, entrypoint, database):
    assert entrypoint("migrate", migrations=ONE).code == 0
    database.execute("alter table pgentrypoint.history rename to kept")
    database.execute("create table pgentrypoint.history (like pgentrypoint.kept including all)", user="owner")
    database.hold_lock()
    run = start("--", "echo", "started").wait_for("waiting for the advisory lock")
    until(lambda: database.backends() == 0, what="a waiter without a connection")
    database.execute("insert into pgentrypoint.history select * from pgentrypoint.kept")
    done = run.finish(5)
    assert (done.code, done.out) == (0, "started\n") and "advisory lock acquired" not in done.err


def test_down_waits_in_the_same_way(start, entrypoint, database):
    assert entrypoint("migrate", migrations={"0001_one.sql": "create table one (id integer);\n-- migrate:down\ndrop table one;"}).code == 0
    holder = database.hold_lock()
    run = start("down").wait_for("waiting for the advisory lock")
    until(lambda: database.backends() == 0, what="a waiter without a connection")
    assert run.process.poll() is None and database.exists("one")
    holder.close()
    assert run.finish().code == 0
    assert not database.exists("one")


def test_databases_and_history_tables_do_not_meet(entrypoint, database):
    database.hold_lock()
    run = entrypoint("migrate", "--history-table", "mine.history", "--advisory-lock-timeout", "1s", migrations=ONE)
    assert run.code == 0
    assert database.history(table="mine.history") == ["1"]


ALTER = {"0001_busy.sql": "create table before (id integer);\nalter table busy add column more integer;"}


@pytest.fixture
def busy(database):
    """A transaction that has read the table `busy` and does nothing more."""
    database.execute("create table busy (id integer); alter table busy owner to owner")
    session = database.connect(autocommit=False)
    session.execute("select * from busy")
    return session


def test_a_blocked_alter_names_the_blocker_and_succeeds_when_it_ends(start, database, busy):
    busy.execute("set application_name = 'forgotten psql'")
    run = start("--allow-existing", "--lock-timeout", "300ms", "--", "echo", "started", migrations=ALTER)
    run.wait_for("a migration is waiting for a lock")
    run.wait_for("migration gave way to a lock, retrying")
    assert f"holder_pid={busy.info.backend_pid}" in run.err
    assert re.search(r'holder="forgotten psql" address=127.0.0.1 state="idle in transaction" transaction_s=\d+', run.err)
    assert "at=migrations/0001_busy.sql:2:" in run.err and "sqlstate=55P03" in run.err
    assert not database.exists("before")
    busy.rollback()
    done = run.finish()
    assert (done.code, done.out) == (0, "started\n")
    assert database.applied() == ["1"]
    assert database.value("select count(*) from information_schema.columns where table_name = 'busy'") == 2


def test_an_alter_that_stays_blocked_is_75_and_leaves_nothing(entrypoint, database, busy):
    run = entrypoint("--allow-existing", "--lock-timeout", "100ms", "--lock-retries", "2", "--", "echo", "started",
                     migrations=ALTER)
    assert run.code == 75
    assert run.err.count("retrying") == 2
    assert "sqlstate=55P03" in run.err and "--lock-timeout" in run.err
    assert "started" not in run.out
    assert not database.exists("before") and database.history() == []
    assert database.lock_is_free()


def test_readers_get_through_between_the_tries(start, database, busy):
    run = start("--allow-existing", "--lock-timeout", "200ms", "--", "echo", "started", migrations=ALTER)
    reader = database.connect()
    reader.execute("set statement_timeout = '5s'")
    for _ in range(5):
        run.wait_for("retrying")
        reader.execute("select count(*) from busy")
    busy.rollback()
    assert run.finish().code == 0


def test_a_step_without_transaction_is_tried_again_too(start, database, busy):
    text = "-- pg-entrypoint: no-transaction\ncreate table before (id integer);\nalter table busy add column more integer;"
    run = start("migrate", "--allow-existing", "--lock-timeout", "100ms", migrations={"0001_busy.sql": text})
    run.wait_for("retrying")
    assert database.history("state, step") == [("running", 1)]
    busy.rollback()
    assert run.finish().code == 0
    assert database.history("state, step") == [("applied", 2)]


def test_a_concurrent_index_waits_without_lock_timeout(start, database, busy):
    busy.execute("lock table busy in row exclusive mode")
    text = "-- pg-entrypoint: no-transaction\ncreate index concurrently busy_id_idx on busy (id);"
    run = start("migrate", "--allow-existing", "--lock-timeout", "50ms", migrations={"0001_busy.sql": text})
    until(lambda: database.running("concurrently busy_id_idx"), what="the index build")
    waits = "select count(*) from pg_locks where not granted and pid <> %s"
    until(lambda: database.value(waits, busy.info.backend_pid), what="waiting for the writer")
    busy.rollback()
    done = run.finish()
    assert done.code == 0 and "retrying" not in done.err
    assert database.value("select indisvalid from pg_index where indexrelid = 'busy_id_idx'::regclass")


def test_a_file_can_choose_its_own_lock_timeout(entrypoint, database, busy):
    text = "-- pg-entrypoint: lock_timeout=100ms\nalter table busy add column more integer;"
    run = entrypoint("migrate", "--allow-existing", "--lock-timeout", "30s", "--lock-retries", "0",
                     migrations={"0001_busy.sql": text})
    assert run.code == 75
    assert run.seconds < 2


def test_tries_begin_short_and_no_pause_is_shorter_than_its_try(start, database, busy):
    run = start("--allow-existing", "--lock-timeout", "1200ms", "--lock-retries", "3", "--", "echo", "started", migrations=ALTER)
    reader = database.connect()
    reads = []
    while run.process.poll() is None and len(re.findall("retrying", run.err)) < 3:
        began = time.monotonic()
        reader.execute("select count(*) from busy")
        reads.append((began, time.monotonic()))
        time.sleep(0.01)
    busy.rollback()
    assert run.finish().code == 0
    stalls = [(began, ended) for began, ended in reads if ended - began > 0.2]
    lengths = [ended - began for began, ended in stalls]
    assert len(lengths) == 3, lengths
    assert lengths[0] < 0.9 and lengths[2] > lengths[0], lengths
    for (_, ended), (began, _), length in zip(stalls, stalls[1:], lengths):
        assert began - ended > length * 0.9, stalls


def test_a_step_keeps_the_lock_timeout_that_its_file_sets(entrypoint, database, busy):
    text = ("-- pg-entrypoint: no-transaction\nset lock_timeout = '50ms';\nalter table busy add column more integer;")
    run = entrypoint("migrate", "--allow-existing", "--lock-timeout", "4s", "--lock-retries", "1", migrations={"1_busy.sql": text})
    assert run.code == 75
    assert run.seconds < 3


@pytest.mark.parametrize("migrator", [False, True])
def test_a_prepared_transaction_that_blocks_is_named_with_what_to_type(start, database, migrator):
    database.execute("create table busy (id integer); alter table busy owner to owner; create table apart (id integer)")
    for gid, statement in (("it's_mine", "insert into busy values (1)"), ("a_reader", "select * from busy"),
                           ("elsewhere", "insert into apart values (1)")):
        with psycopg.connect(database.url_of("boss"), autocommit=True) as session:
            session.execute("begin")
            session.execute(statement)
            session.execute("prepare transaction '" + gid.replace("'", "''") + "'")
    # SHARE, which a reader does not block.
    index = "create index busy_id on busy (id)"
    try:
        if migrator:
            script = f"import os, psycopg; psycopg.connect(os.environ['DATABASE_URL'], autocommit=True).execute('{index}')"
            run = start("migrate", "--lock-timeout", "1s", "--migrator", f'python3 -c "{script}"')
        else:
            run = start("migrate", "--allow-existing", "--lock-timeout", "400ms", migrations={"1_index.sql": index + ";"})
        run.wait_for("a migration is waiting for a lock of a prepared transaction")
        told = [line for line in run.err.splitlines() if "prepared transaction" in line]
        assert "gid=it's_mine owner=boss database=scenario" in told[0]
        assert "ROLLBACK PREPARED 'it''s_mine';" in told[0]
        assert "a_reader" not in run.err and "elsewhere" not in run.err
        database.execute("rollback prepared 'it''s_mine'")
        if not migrator:
            assert run.finish().code == 0
    finally:
        for (gid,) in database.rows("select gid from pg_prepared_xacts"):
            database.execute("rollback prepared '" + gid.replace("'", "''") + "'")
