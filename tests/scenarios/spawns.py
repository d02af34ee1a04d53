"""One start of a supervisor, with signals at given moments around the fork and exec of an application that counts them."""

import collections
import itertools
import os
import select
import signal
import subprocess
import time
from types import SimpleNamespace

from conftest import ROOT

PATIENCE = float(os.environ.get("PGE_PATIENCE", "20"))
STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
KINDS = (*STOPS, signal.SIGUSR1, signal.SIGUSR2, signal.SIGRTMIN, signal.SIGRTMIN + 5)
FINISH = signal.SIGRTMAX  # the highest is taken last
ENVIRONMENT = {"PATH": os.environ["PATH"]}


def compiled(name, folder):
    """A program of tests/children."""
    program = folder / name
    subprocess.run(["g++", "-std=c++20", "-O1", "-static", "-o", program, f"{ROOT}/tests/children/{name}.cpp"], check=True)
    return str(program)


class Way:
    """blocked: everything starts with all signals blocked, so that none may be lost at all. Else the application dies
    of a signal that comes before its handlers."""

    def __init__(self, init, blocked):
        self.init, self.blocked = init, blocked
        self.application = "waits" if blocked else "handlers"

    def spawn(self, argv, actions):
        mask = signal.valid_signals() if self.blocked else []
        own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        try:
            if self.init:
                os.unshare(os.CLONE_NEWPID)
            return os.posix_spawnp(argv[0], argv, ENVIRONMENT, file_actions=actions, setsigmask=mask)
        finally:
            if self.init:
                os.setns(own, os.CLONE_NEWPID)
            os.close(own)


def blocks_signals(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        return any(line.startswith("SigBlk:") and int(line.split()[1], 16) >> 63 for line in file)


def one_start(way, argv, moments, patience=PATIENCE):
    """moments: (seconds after the start, signal). A process 1 that blocks nothing yet is given no signal, because the
    kernel drops those. Gives ready (seconds, None: never), code, counts; None as the code is a hang."""
    reader, writer = os.pipe()
    nothing = [(os.POSIX_SPAWN_OPEN, descriptor, "/dev/null", os.O_RDWR, 0) for descriptor in (0, 2)]
    pid = way.spawn(argv, [*nothing, (os.POSIX_SPAWN_DUP2, writer, 1)])
    os.close(writer)
    began = time.monotonic()
    while way.init and not way.blocked and moments and not blocks_signals(pid) and time.monotonic() < began + 1:
        pass
    for moment, number in sorted(moments):
        while (left := began + moment - time.monotonic()) > 0:
            if left > 0.0005:
                time.sleep(left - 0.0005)
        os.kill(pid, number)
    out, ready, deadline = b"", None, began + patience
    while select.select([reader], [], [], max(0, deadline - time.monotonic()))[0]:
        piece = os.read(reader, 4096)
        if not piece:
            break
        out += piece
        if ready is None and out.startswith(b"ready\n"):
            ready = time.monotonic() - began
            os.kill(pid, FINISH)
    os.close(reader)
    code = end_of(pid, deadline)
    counts = collections.Counter({int(line.split()[0]): int(line.split()[1]) for line in out.decode().splitlines()[1:]})
    return SimpleNamespace(ready=ready, code=code, counts=counts)


def end_of(pid, deadline):
    handle = os.pidfd_open(pid)
    ended = select.select([handle], [], [], max(0.1, deadline - time.monotonic()))[0]
    os.close(handle)
    if not ended:
        os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    return os.waitstatus_to_exitcode(status) if ended else None


def what_is_wrong(way, sent, got):
    """None when each signal arrived once, or one of them ended the start before the application could count."""
    if got.code is None:
        return "it hangs"
    if got.ready is not None:
        return None if (got.code, got.counts) == (7, sent) else f"sent {dict(sent)}, counted {dict(got.counts)}, status {got.code}"
    enders = [number for number in sent if number in STOPS or not way.blocked]
    before_main = [] if way.init or way.blocked else [-number for number in sent]
    return None if got.code in [128 + number for number in enders] + before_main else f"sent {dict(sent)}, status {got.code} at once"


def starts(way, supervisor, program, rng, patience=PATIENCE):
    """Starts without an end, each with one to six signals; of every second one the stop signals are left out, so that
    the application starts. Gives what was wrong, and the ending."""
    argv = [*supervisor, program, way.application]
    usual = sorted(one_start(way, argv, [], patience).ready or 0 for _ in range(5))[2]
    assert usual > 0, "it does not start"
    for index in itertools.count():
        numbers = rng.sample(KINDS[len(STOPS):] if index % 2 else KINDS, rng.randint(1, 3))
        numbers += [number for number in numbers if number >= signal.SIGRTMIN]  # these queue
        moments = [(rng.uniform(0, 1.3 * usual), number) for number in numbers]
        got = one_start(way, argv, moments, patience)
        problem = what_is_wrong(way, collections.Counter(map(int, numbers)), got)
        yield problem and f"start {index}: {problem}", "counted" if got.ready is not None else "ended before"
