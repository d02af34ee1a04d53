#!/usr/bin/env python3
"""How long after execve a SIGTERM is lost, for programs that run as process 1 of a PID namespace.

    scripts/dev python3 bench/early_signal.py [ROUNDS] PROGRAM…       300 rounds; needs the right to make PID namespaces

A round sends one SIGTERM at a random moment of the first 3 ms after the kernel has replaced the old program (its
descriptors are closed on exec; a spinning reader sees that within microseconds). The table has the share of signals that
were lost in each quarter of a millisecond, and the mean time that a signal can be lost in. pg-entrypoint waits for a
database that is not there; any other program is taken for a tini and starts sleep(1).
"""

import collections
import ctypes
import os
import random
import signal
import sys
import time

CLONE_NEWPID = 0x20000000
SPAN_US, STEP_US = 3000, 250
LIBC = ctypes.CDLL(None, use_errno=True)
ENVIRONMENT = {"PATH": os.environ["PATH"], "DATABASE_URL": "postgresql://127.0.0.1:1/nothing"}


def arguments(program: str) -> list[str]:
    if "pg-entrypoint" in os.path.basename(program):
        return [program, "wait", "--quiet", "--wait-timeout", "300ms"]
    return [program, "--", "sleep", "0.3"]


def round_of(program: str, delay_us: float) -> bool:
    """Whether a SIGTERM so long after execve is lost. In a child: a process can make one PID namespace only."""
    helper = os.fork()
    if helper != 0:
        return os.waitstatus_to_exitcode(os.waitpid(helper, 0)[1]) != 0
    if LIBC.unshare(CLONE_NEWPID) != 0:
        os._exit(99)
    reader, writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    child = os.fork()
    if child == 0:
        nothing = os.open("/dev/null", os.O_RDWR)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        os.execve(program, arguments(program), ENVIRONMENT)
    os.close(writer)
    while True:
        try:
            os.read(reader, 1)
            break
        except BlockingIOError:
            continue
    moment = time.perf_counter() + delay_us / 1e6
    while time.perf_counter() < moment:
        pass
    os.kill(child, signal.SIGTERM)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os._exit(0 if code in (128 + signal.SIGTERM, -signal.SIGTERM) else 1)


def main() -> None:
    words = sys.argv[1:]
    rounds = int(words.pop(0)) if words and words[0].isdigit() else 300
    for program in words:
        tried, lost = collections.Counter(), collections.Counter()
        for _ in range(rounds):
            delay = random.uniform(0, SPAN_US)
            tried[delay // STEP_US] += 1
            lost[delay // STEP_US] += round_of(program, delay)
        shares = [f"{100 * lost[step] / tried[step]:.0f}%" if tried[step] else "-" for step in range(SPAN_US // STEP_US)]
        print(f"{program}: {lost.total()} of {rounds} lost, in the mean {SPAN_US * lost.total() / rounds:.0f} us\n  "
              + " ".join(shares), flush=True)


if __name__ == "__main__":
    main()
