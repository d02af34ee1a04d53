"""Two rules of a process 1 that only its system calls show: in which order the application's signals are restored, and
that a process which has been reaped gets no signal, because its number may be another's by then."""

import os
import re
import signal
import sys

import pytest

from runner import children_of, state_of, until
from spawns import compiled

REAPED = re.compile(r"wait4\b.*(?:WIFEXITED|WIFSIGNALED).*= (\d+)$")
STARTED = re.compile(r"(?:clone3?|v?fork)\b.*= (\d+)$")
SIGNALLED = re.compile(r"\bkill\(-?(\d+), SIG")


@pytest.fixture
def traced(tmp_path):
    """traced(calls): the words of an strace of them, and a function that gives what it has written."""
    trace = tmp_path / "trace"
    words = ["strace", "-f", "-qq", "-o", trace, "-e", "signal=none", "-e"]
    return lambda calls: ([*words, f"trace={calls}"], lambda: trace.read_text().splitlines())


def dispositions_after_unblocking(trace, program):
    """Of the process that became `program`: what it did to dispositions after it had last changed its mask."""
    last = next(line for line in trace if re.search(rf'execve\("[^"]*/{program}"', line) and line.endswith("= 0"))
    pid = last.split()[0]
    calls = [line for line in trace[:trace.index(last)] if line.split()[0] == pid]
    mask = max(index for index, line in enumerate(calls) if "rt_sigprocmask(" in line)
    assert any("rt_sigaction(" in line for line in calls), "it has restored none"
    return [line for line in calls[mask:] if "rt_sigaction(" in line]


def signals_to_the_reaped(trace):
    reaped, wrong = set(), []
    for line in trace:
        if match := STARTED.search(line):
            reaped.discard(match[1])
        elif match := REAPED.search(line):
            reaped.add(match[1])
        elif (match := SIGNALLED.search(line)) and match[1] in reaped:
            wrong.append(line)
    return wrong


@pytest.mark.parametrize("options", [[], ["--exec"]], ids=["supervised", "exec"])
def test_dispositions_come_first_and_unblocking_last(entrypoint, traced, options):
    within, trace = traced("execve,rt_sigaction,rt_sigprocmask")
    assert entrypoint("--no-database", *options, "--", "true", within=within).code == 0
    assert dispositions_after_unblocking(trace(), "true") == []


def test_the_other_order_is_seen(entrypoint, traced):
    within, trace = traced("execve,rt_sigaction,rt_sigprocmask")
    program = ("import os, signal; signal.pthread_sigmask(signal.SIG_BLOCK, [1]); signal.pthread_sigmask(signal.SIG_UNBLOCK, [1]); "
               "signal.signal(1, signal.SIG_DFL); os.execvp('true', ['true'])")
    assert entrypoint("-c", program, within=within, binary=sys.executable).code == 0
    assert len(dispositions_after_unblocking(trace(), "true")) == 1


def test_a_reaped_process_is_never_signalled(start, traced):
    """Signals that come with the application's end and after it, while what it left behind is waited for."""
    within, trace = traced("execve,clone,clone3,fork,vfork,wait4,kill")
    script = "(trap '' TERM; exec sleep 30) & echo ready; exec sleep 31"
    run = start("--no-database", "--orphan-grace", "400ms", "--", "sh", "-c", script, within=within).wait_for("ready")
    ours = children_of(run.process.pid)[0]
    (application,) = children_of(ours)
    os.kill(ours, signal.SIGSTOP)
    until(lambda: state_of(ours) in ("T", "t"))
    os.kill(application, signal.SIGKILL)
    until(lambda: state_of(application) == "Z")
    # The lower numbers are taken before SIGCHLD, the higher ones after it.
    for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGWINCH, signal.SIGRTMIN, signal.SIGCONT):
        os.kill(ours, number)
    until(lambda: state_of(application) is None)
    for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGRTMIN):
        os.kill(ours, number)
    assert run.finish().code == 128 + signal.SIGKILL
    calls = trace()
    assert any(f"kill({application}, SIGUSR1" in line for line in calls), calls
    assert any("SIGKILL" in line for line in calls if "kill(" in line), calls
    assert signals_to_the_reaped(calls) == []


def test_a_late_signal_is_seen(entrypoint, traced, tmp_path):
    within, trace = traced("execve,clone,clone3,fork,vfork,wait4,kill")
    assert entrypoint("late-kill", "true", within=within, binary=compiled("count_signals", tmp_path)).code == 0
    assert len(signals_to_the_reaped(trace())) == 1
