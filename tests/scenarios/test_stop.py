"""Stops: 128+n within a second, the lock free, nothing half applied, the application not started."""

import os
import signal
import time

import pytest

from conftest import ENCODED
from runner import ESTABLISHED, children_of, state_of, talks_to, until
from servers import free_port, silent_server
from stops import STOPS, OneForEach, assert_stopped

ONE = {"0001_one.sql": "create table one (id integer);"}
SLEEPING = {"0001_first.sql": "create table first (id integer);",
            "0002_slow.sql": "create table half (id integer);\nselect pg_sleep(60);\ncreate table other_half (id integer);"}
SLEEPING_ALONE = SLEEPING | {"0002_slow.sql": "-- pg-entrypoint: no-transaction\n" + SLEEPING["0002_slow.sql"]}


@pytest.mark.parametrize("init", [False, True], ids=["child", "pid1"])
@pytest.mark.parametrize("number", STOPS)
def test_while_waiting_for_a_server_that_is_not_there(start, number, init):
    run = start("--", "echo", "started", migrations=ONE, init=init,
                env={"DATABASE_URL": f"postgresql://owner:{ENCODED}@127.0.0.1:{free_port()}/app"})
    assert_stopped(run.wait_for("waiting for the database").signal(number).finish(), number)


@pytest.mark.parametrize("init", [False, True], ids=["child", "pid1"])
@pytest.mark.parametrize("number", STOPS)
def test_while_connecting_to_a_server_that_does_not_answer(start, number, init):
    with silent_server() as port:
        run = start("--", "echo", "started", migrations=ONE, init=init,
                    env={"DATABASE_URL": f"postgresql://127.0.0.1:{port}/app"})
        until(lambda: talks_to(run, "tcp", port, ESTABLISHED), what="the connection")
        assert_stopped(run.signal(number).finish(), number)


@pytest.mark.parametrize("init", [False, True], ids=["child", "pid1"])
@pytest.mark.parametrize("number", STOPS)
def test_while_waiting_for_the_lock(start, database, number, init):
    holder = database.hold_lock()
    run = start("--", "echo", "started", migrations=ONE, init=init).wait_for("waiting for the advisory lock")
    assert_stopped(run.signal(number).finish(), number)
    holder.close()
    assert not database.exists("one") and not database.exists("pgentrypoint.history")


@pytest.mark.parametrize("init", [False, True], ids=["child", "pid1"])
@pytest.mark.parametrize("number", STOPS)
def test_inside_a_statement_of_a_transactional_migration(start, database, number, init):
    run = start("--", "echo", "started", migrations=SLEEPING, init=init)
    until(lambda: database.running("pg_sleep(60)"), what="the long statement")
    done = run.signal(number).finish()
    assert_stopped(done, number)
    assert "in migration 2_slow: nothing of it was applied" in done.err
    until(database.lock_is_free, 1, "a free lock")
    assert database.applied() == ["1"]
    assert not database.exists("half")
    assert not database.running("pg_sleep")


@pytest.mark.parametrize("number", STOPS)
def test_inside_a_statement_of_a_migration_without_transaction(start, database, number):
    run = start("--", "echo", "started", migrations=SLEEPING_ALONE)
    until(lambda: database.running("pg_sleep(60)"), what="the long statement")
    assert_stopped(run.signal(number).finish(), number)
    until(database.lock_is_free, 1, "a free lock")
    assert database.history("version, state, step, steps") == [("1", "applied", 0, 0), ("2", "running", 1, 3)]
    assert database.exists("half") and not database.exists("other_half")


@pytest.mark.parametrize("options", [["--"], ["--exec", "--"], ["--on-stop", "finish", "--"]], ids=["serve", "exec", "finish"])
def test_while_files_are_read(start, database, options):
    large = "create table large (id integer);\n" + "insert into large values (1), (2), (3);\n" * 1_000_000
    run = start(*options, "echo", "started", migrations={"0001_large.sql": large})
    time.sleep(0.2)  # reading takes a second and more
    assert_stopped(run.signal().finish())
    assert not database.exists("pgentrypoint.history") and not database.exists("large")


def test_in_the_pause_before_a_migration_is_tried_again(start, database):
    database.execute("create table busy (id integer)", user="owner")
    blocker = database.connect(autocommit=False)
    blocker.execute("select * from busy")
    each = OneForEach(start, "--lock-timeout", "50ms", "--lock-retries", "1000", init=True,
                      migrations={"0001_busy.sql": "alter table busy add column more integer"})
    for run in each.runs.values():
        run.wait_for("try=2")
    for number, done in each.stop().items():
        assert_stopped(done, number)
        assert database.lock_is_free(each.table(number))
        assert database.applied(f"public.{each.table(number)}") == []


def test_the_same_pause_without_a_stop_ends_in_the_migration(start, database):
    database.execute("create table busy (id integer)", user="owner")
    blocker = database.connect(autocommit=False)
    blocker.execute("select * from busy")
    run = start("--allow-existing", "--lock-timeout", "50ms", "--lock-retries", "1000", "--", "echo", "started",
                migrations={"0001_busy.sql": "alter table busy add column more integer"}).wait_for("try=1")
    blocker.rollback()
    assert run.finish().out == "started\n"
    assert database.applied() == ["1"]


@pytest.mark.parametrize("init", [False, True], ids=["child", "pid1"])
@pytest.mark.parametrize("number", [*STOPS, None])
def test_between_the_stages_the_application_is_not_started(start, database, number, init):
    holder = database.hold_lock()
    run = start("--", "echo", "started", migrations=ONE, init=init).wait_for("waiting for the advisory lock")
    child = until(lambda: children_of(run.pid))[0]
    os.kill(run.pid, signal.SIGSTOP)
    holder.close()
    until(lambda: state_of(child) == "Z", what="the end of the preparing child")
    if number:
        run.signal(number)
    os.kill(run.pid, signal.SIGCONT)
    done = run.finish()
    assert database.applied() == ["1"]
    if number:
        assert_stopped(done, number)
    else:
        assert (done.code, done.out) == (0, "started\n")  # the same without a stop


def test_a_second_signal_forces_the_end_when_the_server_hangs(start, database):
    run = start("--", "echo", "started", migrations=SLEEPING)
    until(lambda: database.running("pg_sleep(60)"), what="the long statement")
    backend = database.value("select pid from pg_stat_activity where query like '%%pg_sleep(60)%%' and state = 'active' "
                             "and pid <> pg_backend_pid()")
    os.kill(backend, signal.SIGSTOP)
    try:
        run.signal()
        begun = run.signalled
        run.signal()
        done = run.finish()
        assert done.code == 143
        assert time.monotonic() - begun < 1.5
    finally:
        os.kill(backend, signal.SIGCONT)
    until(database.lock_is_free, 3, "a free lock")
    assert not database.exists("half")


def test_while_serving_the_application_gets_the_signal_and_chooses_the_code(start):
    script = "trap 'echo got; exit 42' TERM; echo ready; while :; do sleep 0.05; done"
    run = start("--", "sh", "-c", script, migrations=ONE, init=True).wait_for("ready")
    done = run.signal().finish()
    assert done.code == 42
    assert done.out == "ready\ngot\n"
    assert done.seconds_after_signal < 1


def test_in_exec_mode_a_stop_ends_the_preparation_too(start, database):
    run = start("--exec", "--", "echo", "started", migrations=SLEEPING)
    until(lambda: database.running("pg_sleep(60)"), what="the long statement")
    assert_stopped(run.signal().finish())
    until(database.lock_is_free, 1, "a free lock")
    assert database.applied() == ["1"]
