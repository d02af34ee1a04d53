"""--on-stop=finish: a stop waits for the migration that is running, and nothing is started after it."""

import signal
import time

import pytest

from runner import until

FILES = {"0001_slow.sql": "create table slow (n integer);\nselect pg_sleep(2);",
         "0002_next.sql": "create table next (n integer);"}


def started(start, database, *options):
    run = start(*options, "--", "echo", "served", migrations=FILES)
    deadline = time.monotonic() + 10
    while not database.running("pg_sleep") and time.monotonic() < deadline:
        time.sleep(0.02)
    return run


def test_finish_lets_the_running_migration_end_and_starts_nothing_more(start, entrypoint, database):
    run = started(start, database, "--on-stop", "finish")
    done = run.signal().finish()
    assert done.code == 143 and "served" not in done.out
    assert database.applied() == ["1"] and not database.exists("next")
    assert database.lock_is_free()
    assert entrypoint("migrate").code == 0
    assert database.applied() == ["1", "2"]


def test_a_second_stop_cancels_all_the_same(start, database):
    run = started(start, database, "--on-stop", "finish")
    run.signal()
    time.sleep(0.2)
    run.signal(signal.SIGINT)
    done = run.finish()
    assert done.code == 143
    assert time.monotonic() - run.signalled < 1.2
    assert database.applied() == [] and not database.exists("slow")


def test_cancel_is_the_default(start, database):
    run = started(start, database)
    done = run.signal().finish()
    assert done.code == 143
    assert time.monotonic() - run.signalled < 1.2
    assert database.applied() == []


INDEX = {"0001_index.sql": "-- pg-entrypoint: no-transaction\ncreate index concurrently busy_idx on busy (n);",
         "0002_next.sql": "create table next (n integer);"}


@pytest.fixture
def building(start, database):
    """building(*options): a run whose concurrent index build waits for a transaction, and that transaction."""
    database.execute("create table busy (n integer); alter table busy owner to owner")
    session = database.connect(autocommit=False)
    session.execute("insert into busy values (1)")

    def run(*options):
        running = start("--allow-existing", *options, "--", "echo", "served", migrations=INDEX)
        until(lambda: database.running("create index concurrently"), what="the build")
        return running, session

    return run


def valid(database):
    return database.rows("select indisvalid from pg_index where indexrelid = to_regclass('busy_idx')")


def test_finish_lets_a_long_index_build_end(building, database):
    run, session = building("--on-stop", "finish")
    run.signal()
    time.sleep(0.5)
    assert run.process.poll() is None and database.running("create index concurrently")
    session.rollback()
    done = run.finish()
    assert done.code == 143 and "served" not in done.out
    assert valid(database) == [(True,)]
    assert database.applied() == ["1"] and not database.exists("next")
    assert database.lock_is_free()


@pytest.mark.parametrize("options, stops", [(["--on-stop", "finish"], [signal.SIGTERM, signal.SIGTERM]),
                                            ([], [signal.SIGHUP])], ids=["finish", "cancel"])
def test_what_ends_a_long_index_build_and_the_next_start_mends_it(building, entrypoint, database, options, stops):
    run, session = building(*options)
    for number in stops[:-1]:
        run.signal(number)
        time.sleep(0.2)
    done = run.signal(stops[-1]).finish()
    assert done.code == 128 + stops[0] and done.seconds_after_signal < 1
    assert valid(database) == [(False,)] and database.history("state") == ["running"]
    until(database.lock_is_free, 1, "a free lock")
    session.rollback()
    assert entrypoint("--allow-existing", "--", "echo", "served").out == "served\n"
    assert valid(database) == [(True,)] and database.applied() == ["1", "2"]
