"""What the application gets of a signal, and when: --signal, --group, --term-delay, --grace, --success-code,
--parent-death-signal. Each with what happens without the option."""

import os
import signal
import sys
import textwrap

import pytest

from conftest import ENCODED
from runner import children_of, state_of, until
from servers import free_port
from stops import assert_stopped

OFF = ["--migrate", "off"]
ONE = {"0001_one.sql": "create table one (id integer);"}
# Says which signals it gets, and ends with 33 at QUIT.
ECHO = textwrap.dedent("""
    import os, signal, sys, time
    def got(number, frame):
        os.write(1, f'got {signal.Signals(number).name}\\n'.encode())
        if number == signal.SIGQUIT: os._exit(33)
    for number in (1, 2, 3, 10, 12, 15, 28): signal.signal(number, got)
    print('ready', flush=True)
    while True: time.sleep(0.02)  # not pause(): Python calls a handler late if the signal comes right before it
""")
DEAF = "import signal\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\nprint('ready', flush=True)\nwhile True: signal.pause()"


@pytest.mark.parametrize("init", [False, True], ids=["child", "pid1"])
def test_a_signal_is_rewritten_or_dropped_while_serving(start, init):
    run = start(*OFF, "--signal", "TERM=QUIT", "--signal", "HUP=drop:USR1=USR2", "--", sys.executable, "-c", ECHO, init=init)
    run.wait_for("ready").signal(signal.SIGHUP).signal(signal.SIGUSR1).wait_for("got SIGUSR2")
    done = run.signal(signal.SIGTERM).finish()
    assert (done.code, done.out) == (33, "ready\ngot SIGUSR2\ngot SIGQUIT\n")
    plain = start(*OFF, "--", sys.executable, "-c", ECHO, init=init).wait_for("ready")
    plain.signal(signal.SIGHUP).wait_for("got SIGHUP").signal(signal.SIGTERM).wait_for("got SIGTERM")


@pytest.mark.parametrize("options", [["--signal", "TERM=drop"], ["--signal", "TERM=USR1"], ["--term-delay", "1h"]], ids=str)
def test_no_option_makes_us_deaf_while_waiting_or_migrating(start, database, options):
    nowhere = {"DATABASE_URL": f"postgresql://owner:{ENCODED}@127.0.0.1:{free_port()}/app"}
    run = start(*options, "--", "echo", "started", migrations=ONE, env=nowhere, init=True)
    assert_stopped(run.wait_for("waiting for the database").signal().finish())
    run = start(*options, "--", "echo", "started", migrations={"0001_slow.sql": "select pg_sleep(60);"})
    until(lambda: database.running("pg_sleep(60)"), what="the long statement")
    assert_stopped(run.signal().finish())


def test_the_group_gets_the_signal_too(start):
    script = "trap 'wait; exit 4' TERM; (trap 'echo below; exit' TERM; echo ready; while :; do sleep 0.02; done) & wait"
    done = start(*OFF, "--group", "--", "sh", "-c", script, init=True).wait_for("ready").signal().finish()
    assert (done.code, done.out) == (4, "ready\nbelow\n")
    alone = start(*OFF, "--", "sh", "-c", script.replace("trap 'wait; exit 4'", "trap 'exit 5'"), init=True)
    assert alone.wait_for("ready").signal().finish().code == 5


def test_a_stop_is_held_back_and_then_passed_on(start, database):
    run = start(*OFF, "--term-delay", "1s", "--", sys.executable, "-c", ECHO, init=True).wait_for("ready").signal()
    run.signal(signal.SIGUSR1).wait_for("got SIGUSR1")
    assert "SIGTERM" not in run.out
    until(lambda: name_of(run.pid) == "pge:draining", what="the state draining")
    run.wait_for("got SIGTERM").signal(signal.SIGQUIT)  # the delay is over: nothing is held back any more
    done = run.finish()
    assert done.code == 33 and done.seconds_after_signal < 0.9 and done.seconds > 1


def test_a_second_stop_ends_the_delay(start):
    run = start(*OFF, "--term-delay", "1h", "--", sys.executable, "-c", ECHO, init=True).wait_for("ready").signal()
    until(lambda: name_of(run.pid) == "pge:draining", what="the state draining")
    done = run.signal(signal.SIGQUIT).finish()
    assert done.code == 33 and "got SIGQUIT" in done.out


def test_after_the_grace_the_application_is_killed(start):
    done = start(*OFF, "--grace", "300ms", "--", sys.executable, "-c", DEAF, init=True).wait_for("ready").signal().finish()
    assert done.code == 137 and 0.3 <= done.seconds_after_signal < 3
    assert "warning the application did not end in time: it got SIGKILL grace_ms=300" in done.err


@pytest.mark.parametrize("options, number", [([], signal.SIGTERM), (["--grace", "200ms"], signal.SIGHUP)], ids=str)
def test_without_a_grace_or_a_stop_nobody_is_killed(start, options, number):
    run = start(*OFF, *options, "--", sys.executable, "-c", DEAF, init=True).wait_for("ready").signal(number)
    with pytest.raises(AssertionError, match="no end within"):
        run.finish(0.7)


def test_the_grace_starts_when_the_stop_is_passed_on(start):
    run = start(*OFF, "--term-delay", "500ms", "--grace", "500ms", "--", sys.executable, "-c", DEAF).wait_for("ready").signal()
    done = run.finish()
    assert done.code == 137 and done.seconds_after_signal >= 1


CODES = [("exit 143", 0), ("kill -TERM $$", 0), ("exit 7", 0), ("exit 1", 1), ("exit 0", 0), ("kill -KILL $$", 137)]


@pytest.mark.parametrize("script, code", CODES, ids=[script for script, _ in CODES])
def test_a_success_code_is_0(entrypoint, script, code):
    options = ["--success-code", "143:7", "--", "sh", "-c", script]
    done = entrypoint(*OFF, *options)
    assert done.code == code
    assert ("exit_status=0" in done.err) == (code == 0 and script != "exit 0")
    assert entrypoint(*OFF, *options[2:]).code == {"exit 143": 143, "kill -TERM $$": 143, "exit 7": 7}.get(script, code)


def test_a_stop_before_serving_is_never_a_success(start, database):
    run = start("--success-code", "143", "--", "echo", "started", migrations={"0001_slow.sql": "select pg_sleep(60);"})
    until(lambda: database.running("pg_sleep(60)"), what="the long statement")
    assert_stopped(run.signal().finish())
    failed = start("--success-code", "76", "--", "echo", "started", migrations={"0001_bad.sql": "select nope;"}).finish()
    assert failed.code == 76


def test_the_death_of_the_parent_is_a_signal_for_the_application(start):
    """The parent here is a shell that is killed."""
    parent = ["sh", "-c", '"$@" & wait', "sh"]
    options = [*OFF, "--parent-death-signal", "TERM", "--", sys.executable, "-c", ECHO]
    run = start(*options, within=parent).wait_for("ready")
    ours = until(lambda: children_of(run.process.pid))[0]
    run.process.kill()
    run.wait_for("got SIGTERM")
    os.kill(ours, signal.SIGQUIT)
    until(lambda: state_of(ours) in (None, "Z"), what="its end")


@pytest.mark.parametrize("exec_mode", [[], ["--exec"]], ids=["supervised", "exec"])
def test_kill_as_the_death_signal_takes_the_application_too(start, exec_mode):
    run = start(*OFF, *exec_mode, "--parent-death-signal", "KILL", "--", sys.executable, "-c", DEAF,
                within=["sh", "-c", '"$@" & wait', "sh"]).wait_for("ready")
    ours = until(lambda: children_of(run.process.pid))[0]
    both = [ours, *children_of(ours)]
    run.process.kill()
    for pid in both:
        until(lambda: state_of(pid) in (None, "Z"), what=f"the end of {pid}")


def test_without_it_the_application_outlives_our_parent(start):
    run = start(*OFF, "--", sys.executable, "-c", ECHO, within=["sh", "-c", '"$@" & wait', "sh"]).wait_for("ready")
    ours = until(lambda: children_of(run.process.pid))[0]
    run.process.kill()
    run.process.wait()
    os.kill(ours, signal.SIGUSR1)
    run.wait_for("got SIGUSR1")
    os.kill(ours, signal.SIGQUIT)
    until(lambda: state_of(ours) in (None, "Z"), what="its end")


@pytest.mark.parametrize("flag", ["--signal=HUP=drop", "--group", "--grace=1s", "--term-delay=1s", "--success-code=143"])
def test_exec_cannot_do_it(entrypoint, flag):
    done = entrypoint(*OFF, flag, "--exec", "--", "true")
    assert done.code == 64 and flag.split("=")[0] in done.err


def name_of(pid):
    with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
        return file.read().strip()
