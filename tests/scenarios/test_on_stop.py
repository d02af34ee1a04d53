"""--on-stop=finish: a stop waits for the migration that is running, and nothing is started after it."""

import signal
import time

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
