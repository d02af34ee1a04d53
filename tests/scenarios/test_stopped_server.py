"""Stops while the server is stopped (SIGSTOP): it takes connections and packets, and does nothing with them."""

import contextlib
import os
import pathlib
import signal
import time

import pytest

from runner import ESTABLISHED, talks_to, until
from stops import STOPS, OneForEach, assert_stopped

ONE = {"0001_one.sql": "create table one (id integer);"}
INIT = pytest.mark.parametrize("init", [False, True], ids=["child", "pid1"])


@contextlib.contextmanager
def stopped(pids):
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def sleeping_backends(database):
    rows = database.rows("select pid from pg_stat_activity where application_name like 'pg-entrypoint/%%' "
                         "and state = 'active' and query like '%%pg_sleep(60)%%'")
    return [pid for (pid,) in rows]


@INIT
@pytest.mark.parametrize("number", STOPS)
def test_the_postmaster_while_connecting(start, database, number, init):
    pidfile = pathlib.Path(os.environ["PGE_TEST_PGDATA"], "postmaster.pid")
    with stopped([int(pidfile.read_text(encoding="ascii").splitlines()[0])]):
        run = start("--", "echo", "started", migrations=ONE, init=init)
        until(lambda: talks_to(run, "tcp", database.port, ESTABLISHED), what="the connection")
        assert_stopped(run.signal(number).finish(), number)
    assert start("--", "echo", "started").finish().out == "started\n"  # the same, with a server that runs


@INIT
def test_the_backend_in_a_statement(start, database, init):
    each = OneForEach(start, migrations={"0001_slow.sql": "select pg_sleep(60)"}, init=init)
    each.until(lambda: len(sleeping_backends(database)) == len(STOPS), what="the statements")
    with stopped(sleeping_backends(database)):
        for number, done in each.stop().items():
            assert_stopped(done, number)
            assert not database.lock_is_free(each.table(number)), "a stopped server frees nothing"
    for number in STOPS:
        until(lambda number=number: database.lock_is_free(each.table(number)), 3, "a free lock")
        assert database.history(table=f"public.{each.table(number)}") == []


def test_the_backend_of_a_waiter(start, database, proxy):
    holder = database.hold_lock()
    waiters = []

    def stop_the_server(_):
        rows = database.rows("select pid from pg_stat_activity where application_name like 'pg-entrypoint/%%'")
        waiters.extend(pid for (pid,) in rows)
        for pid in waiters:
            os.kill(pid, signal.SIGSTOP)

    proxy.at("pg_try_advisory_lock", stop_the_server, nth=2)
    run = start("--", "echo", "started", migrations=ONE, via=proxy).wait_for("waiting for the advisory lock")
    proxy.wait_for_hit()
    assert waiters
    with stopped(waiters):
        time.sleep(0.1)  # the try is under way, and not answered
        assert_stopped(run.signal().finish())
    holder.close()
    until(database.lock_is_free, 3, "a free lock")
    assert not database.exists("one")
