"""Runs that are timed: interleaved, because others may be at work on the machine.

Figures of different moments say little about each other. What is compared is run in turn, in an order that goes round
with the rounds, and a ratio is one of medians from the same rounds.
"""

import contextlib
import os
import subprocess
import time


class Failed(Exception):
    """A command that had to succeed did not."""


class Absent(Exception):
    """What a row compares with is not here."""


def run(command, environment, **options):
    """Has to succeed. Gives its stdout."""
    done = subprocess.run([str(word) for word in command], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, errors="replace", check=False, **options)
    if done.returncode != 0:
        raise Failed(f"{command[0]} ended with {done.returncode}: {(done.stderr + done.stdout).strip()[-2000:]}")
    return done.stdout


def milliseconds(command, environment, **options):
    """What one run took."""
    began = time.perf_counter()
    run(command, environment, **options)
    return (time.perf_counter() - began) * 1000


def printed(command, environment, **options):
    """What one run has printed as its first word: a figure that the program itself has measured."""
    return float(run(command, environment, **options).split()[0])


def interleaved(candidates, count, warm_up=1, before=lambda: None):
    """{name: [figure, …]} of {name: function that gives one}; those of the rounds that warm up are thrown away. `before`
    is called before each, outside what is timed."""
    taken = {name: [] for name in candidates}
    names = list(candidates)
    for index in range(warm_up + count):
        first = index % len(names)
        for name in names[first:] + names[:first]:
            before()
            figure = candidates[name]()
            if index >= warm_up:
                taken[name].append(figure)
    return taken


@contextlib.contextmanager
def one_processor():
    """We and what we start run on one processor: what is a matter of microseconds depends on where a process was put
    otherwise, for as long as it runs."""
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(everywhere)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, everywhere)
