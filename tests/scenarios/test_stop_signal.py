"""--stop-signal: a STOPSIGNAL that is not one of the usual four stops waiting and migrating as well."""

import signal

import pytest

from conftest import ENCODED
from runner import ESTABLISHED, talks_to, until
from servers import free_port, silent_server
from stops import assert_stopped

ONE = {"0001_one.sql": "create table one (id integer);"}
SLOW = {"0001_slow.sql": "create table half (id integer);\nselect pg_sleep(60);"}
OTHERS = {"SIGWINCH": signal.SIGWINCH, "usr1": signal.SIGUSR1, "SIGRTMIN+3": signal.SIGRTMIN + 3}


@pytest.mark.parametrize("name", OTHERS)
def test_it_stops_the_wait_for_a_server(start, name):
    run = start("--stop-signal", name, "--", "echo", "started", migrations=ONE, init=True,
                env={"DATABASE_URL": f"postgresql://owner:{ENCODED}@127.0.0.1:{free_port()}/app"})
    assert_stopped(run.wait_for("waiting for the database").signal(OTHERS[name]).finish(), OTHERS[name])


def test_it_stops_an_attempt_to_connect(start):
    with silent_server() as port:
        run = start("--", "echo", "started", migrations=ONE, env={"DATABASE_URL": f"postgresql://127.0.0.1:{port}/app",
                                                                  "PG_ENTRYPOINT_STOP_SIGNAL": "SIGWINCH:SIGUSR1"})
        until(lambda: talks_to(run, "tcp", port, ESTABLISHED), what="the connection")
        assert_stopped(run.signal(signal.SIGUSR1).finish(), signal.SIGUSR1)


@pytest.mark.parametrize("options", [[], ["--exec"]], ids=["supervised", "exec"])
def test_it_stops_a_migration(start, database, options):
    run = start(*options, "--stop-signal", "SIGWINCH", "--", "echo", "started", migrations=SLOW)
    until(lambda: database.running("pg_sleep(60)"), what="the long statement")
    assert_stopped(run.signal(signal.SIGWINCH).finish(), signal.SIGWINCH)
    until(database.lock_is_free, 1, "a free lock")
    assert not database.exists("half")


def test_without_the_option_the_same_signal_stops_nothing(start, database):
    run = start("--", "echo", "started", migrations={"0001_slow.sql": "select pg_sleep(1);"})
    until(lambda: database.running("pg_sleep(1)"), what="the long statement")
    done = run.signal(signal.SIGWINCH).finish()
    assert (done.code, done.out) == (0, "started\n")


def test_a_migrator_gets_a_signal_that_it_knows(start):
    script = "trap 'echo got TERM; exit 3' TERM; echo at work; while :; do sleep 0.05; done"
    run = start("--stop-signal", "SIGWINCH", "--migrator", f'sh -c "{script}"', "--", "echo", "started")
    done = run.wait_for("at work").signal(signal.SIGWINCH).finish()
    assert_stopped(done, signal.SIGWINCH)
    assert "got TERM" in done.err


def test_while_serving_the_signal_is_the_applications(start):
    script = "trap 'echo got; exit 42' WINCH; echo ready; while :; do sleep 0.05; done"
    run = start("--stop-signal", "SIGWINCH", "--", "sh", "-c", script, migrations=ONE, init=True).wait_for("ready")
    done = run.signal(signal.SIGWINCH).finish()
    assert (done.code, done.out) == (42, "ready\ngot\n")


@pytest.mark.parametrize("name", ["SIGKILL", "CHLD", "NOPE", "0"])
def test_what_cannot_be_a_stop_signal_is_64(entrypoint, database, name):
    run = entrypoint("--stop-signal", name, "--", "echo", "started", migrations=ONE)
    assert run.code == 64 and "--stop-signal" in run.err and name in run.err
    assert not database.exists("one")
