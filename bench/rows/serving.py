"""What process 1 costs while the application is served, beside other inits."""

import os
import pathlib
import signal
import time

from harness import world
from harness.files import at_head
from harness.measure import Failed, interleaved, one_processor
from harness.results import OURS, Group, Row

INITS = ("tini", "tini-static", "dumb-init", "catatonit")
DIRECT = "no init"

GROUP = Group(
    "serving", "While the application is served",
    "pg-entrypoint has started with 10 files at head; the other inits start the same application only. Memory and wake-ups "
    "are those of process 1 of a PID namespace. The latency of a signal is from `kill` to the clock that the application "
    "reads when it has the signal; the end is from the clock that the application reads last to our parent's `waitpid`. Both run on one processor, since "
    "it matters where a process was put otherwise.",
    charts=[("bars", "memory", "Private memory while serving (RssAnon)", ("memory",)),
            ("bars", "latency", "A signal's way, and the end after the application's", ("signal", "end"))])


def subjects(session):
    """{name: subject} of tests/conformance: ours as an image runs it, and the inits that are here."""
    os.environ.setdefault("PGE_BINARY", world.BINARY)
    from subjects import Subject
    place = at_head(session, 10)
    environment = world.ours(place.url, place.files)
    found = {OURS: Subject(OURS, [world.BINARY], {})}
    return found | {name: Subject(name, [name], {}) for name in INITS if world.installed(name)}, environment


def started(subject, command, environment, init=True):
    from subjects import Run
    return Run(subject.argv(command), init=init, env=environment)


def direct(environment):
    """The application that tells when it was signalled, without an init."""
    from subjects import Run
    return Run([world.client("stamp")], init=False, env=environment)


def status(pid, field):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith(field + ":")))


def memory_of(subject, environment):
    """In kB, when the start is over."""
    run = started(subject, ["sh", "-c", "echo up; exec sleep 60"], environment).wait_for("up")
    time.sleep(0.2)
    found = status(run.pid, "RssAnon")
    run.end()
    return found


@GROUP.row("memory")
def _(session):
    found, environment = subjects(session)
    figures = interleaved({name: lambda subject=subject: memory_of(subject, environment) for name, subject in found.items()},
                          session.rounds(5, quick=2), warm_up=0)
    row = Row("RssAnon of process 1", figures, unit="kB", reference=OURS)
    return row.limit("RssAnon", row.median(OURS), 128, "kB")


def wake_ups(pid):
    return status(pid, "voluntary_ctxt_switches") + status(pid, "nonvoluntary_ctxt_switches")


@GROUP.row("wake-ups")
def _(session):
    found, environment = subjects(session)
    seconds = session.rounds(20, quick=2)
    runs = {name: started(subject, ["sh", "-c", "echo up; exec sleep 600"], environment).wait_for("up") for name, subject in found.items()}
    time.sleep(0.5)
    before = {name: wake_ups(run.pid) for name, run in runs.items()}
    time.sleep(seconds)
    figures = {name: [wake_ups(run.pid) - before[name]] for name, run in runs.items()}
    for run in runs.values():
        run.end()
    row = Row(f"wake-ups in {seconds} idle seconds", figures, unit="", reference=OURS)
    return row.limit("wake-ups", int(row.median(OURS)), 0, "")


def latency(run, deadline=5):
    """Microseconds from a signal to the clock that the application has read."""
    lines, pid, until = run.out.count("\n"), run.pid, time.monotonic() + deadline
    sent = time.monotonic_ns()
    os.kill(pid, signal.SIGUSR1)
    while run.out.count("\n") == lines:
        if time.monotonic() > until:
            raise Failed("the application has not said that it got a signal")
        time.sleep(0.0005)
    return (int(run.out.split()[-1]) - sent) / 1000


@GROUP.row("signal")
def _(session):
    """The application of each init runs all the time; they are signalled in turn."""
    found, environment = subjects(session)
    with one_processor():
        runs = {name: started(subject, [world.client("stamp")], environment) for name, subject in found.items()}
        runs[DIRECT] = direct(environment)
        for run in runs.values():
            run.wait_for("ready")
        figures = interleaved({name: lambda run=run: latency(run) for name, run in runs.items()}, session.rounds(401, quick=41))
        for run in runs.values():
            run.end()
    return Row("a signal's way to the application", figures, unit="µs", reference=DIRECT).at_most(1.2, "tini")


def end_of(run):
    """Microseconds from the last clock of an application that got TERM to the end of its init, or to its own."""
    run.wait_for("ready")
    time.sleep(0.02)
    os.kill(run.process.pid, signal.SIGTERM)
    run.process.wait()
    ended = time.monotonic_ns()
    run.reader.join(1)
    return (ended - int(run.out.split()[-1])) / 1000


@GROUP.row("end")
def _(session):
    """Each is started anew, as a child of ours and not as process 1."""
    found, environment = subjects(session)
    stamp = [world.client("stamp")]
    candidates = {name: lambda subject=subject: end_of(started(subject, stamp, environment, init=False)) for name, subject in found.items()}
    candidates[DIRECT] = lambda: end_of(direct(environment))
    with one_processor():
        figures = interleaved(candidates, session.rounds(61, quick=5))
    return Row("from the application's end to the init's", figures, unit="µs", reference=DIRECT).at_most(1.2, "tini")
