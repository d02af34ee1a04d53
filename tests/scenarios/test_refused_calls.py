"""A seccomp profile that refuses one call: what is not needed for the work is done without, and said once."""

import pathlib
import signal
import sys

import pytest

from refused_call import NUMBERS

HELPER = pathlib.Path(__file__).with_name("refused_call.py")
ONE = {"0001_one.sql": "create table one (id integer);"}
# Who sends no signal can forward none.
SPARED = sorted(set(NUMBERS) - {"kill"})
# Without these no directory of migrations can be read.
READING = {"getdents64", "readlink", "readlinkat"}
TOLD = {"prctl": "warning prctl(2) is refused here", "setpgid": "warning the application shares the process group"}
INIT = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]


def refusing(calls):
    return [sys.executable, str(HELPER), calls]


@pytest.mark.parametrize("prefix", [[], INIT], ids=["child", "pid1"])
@pytest.mark.parametrize("call", [*SPARED, "pipe2,socketpair"])
def test_it_migrates_and_serves_all_the_same(entrypoint, database, call, prefix):
    mode = "off" if call in READING else "auto"
    done = entrypoint("--migrate", mode, "--", "sh", "-c", "exit 7", migrations=ONE, within=[*prefix, *refusing(call)])
    assert done.code == 7, done.err
    assert database.applied() == ([] if call in READING else ["1"])
    assert sum(" is refused " in line for line in done.err.splitlines()) == (1 if call in TOLD else 0)
    assert TOLD.get(call, "") in done.err


@pytest.mark.parametrize("call", ["setpgid", "prctl", "signalfd4"])
def test_signals_arrive_all_the_same(start, call):
    script = "trap 'echo got; exit 5' TERM; echo ready; while :; do sleep 0.02; done"
    run = start("--group", "--migrate", "off", "--", "sh", "-c", script, within=refusing(call)).wait_for("ready").signal()
    assert run.finish().code == 5


def test_a_stop_arrives_without_a_signalfd(start, database):
    holder = database.hold_lock()
    run = start("--", "echo", "started", migrations=ONE, within=refusing("signalfd4")).wait_for("waiting for the advisory lock")
    done = run.signal(signal.SIGTERM).finish()
    holder.close()
    assert done.code == 143 and done.seconds_after_signal < 1 and "started" not in done.out


@pytest.mark.parametrize("call", ["pipe2", "pipe2,socketpair"])
def test_a_command_that_cannot_run_is_told_without_a_pipe(entrypoint, tmp_path, call):
    program = bytearray(open("/bin/true", "rb").read())
    program[18] = 0x3E if program[18] == 0xB7 else 0xB7  # for another processor: only execve finds that out
    (tmp_path / "foreign").write_bytes(program)
    (tmp_path / "foreign").chmod(0o755)
    done = entrypoint("--migrate", "off", "--", "./foreign", within=refusing(call))
    assert done.code == 126 and "cannot execute ./foreign" in done.err


@pytest.mark.parametrize("call", ["prctl", "setpgid", "pipe2", "signalfd4", "socketpair", "pidfd_open"])
def test_a_migrator_runs_all_the_same(entrypoint, database, call):
    done = entrypoint("--migrator", "sh -c 'echo migrated'", "--", "sh", "-c", "exit 7", within=refusing(call))
    assert done.code == 7 and "migrated" in done.err, done.err
