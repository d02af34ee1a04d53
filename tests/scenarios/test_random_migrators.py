"""Random ends of a migrator while another replica waits for the lock: who, how, when and in which shape is drawn.

    PGE_MIGRATORS=50 PGE_SEED=7 scripts/dev tests/with-postgres python3 -m pytest -s tests/scenarios/test_random_migrators.py
"""

import contextlib
import os
import random
import signal
import time
from collections import Counter

from migrator_ending import ALEMBIC, NAP, SHAPES, VICTIMS, Project, kill
from runner import until

ROUNDS = int(os.environ.get("PGE_MIGRATORS", "3"))
SEED = int(os.environ.get("PGE_SEED") or random.randrange(10**6))

# By weight.
EVENTS = {"SIGTERM": 3, "SIGKILL first process": 4, "SIGKILL stage": 4}


def one_round(project, choose, start, told):
    """Two replicas; the one that migrates is stopped or killed at some moment, and the other one does the work."""
    init, event = choose.random() < 0.4, choose.choices(list(EVENTS), EVENTS.values())[0]
    # Before the statement, in it, or when all is done.
    moment = choose.choice([choose.uniform(0, NAP), choose.uniform(-0.2, NAP + 0.2)])
    told += [project.shape, "pid 1" if init else "child", event, f"{moment:.3f} s"]
    first = project.start(start, init=init)
    until(lambda: "migrator started" in first.err if moment < 0 else project.is_running(), 30, "the migrator")
    second = project.start(start, init=choose.random() < 0.4)
    time.sleep(max(moment, 0))
    in_time = first.process.poll() is None and "migrator finished" not in first.err
    graceful = project.is_running() and project.shape in SHAPES
    if first.process.poll() is None:
        if event == "SIGTERM":
            first.signal(signal.SIGTERM)
        else:
            with contextlib.suppress(ProcessLookupError):  # it has just ended
                kill(first, event.removeprefix("SIGKILL "))
    done, other = first.finish(30), second.finish(30)
    assert (other.code, other.out) == (0, "started\n"), other.err
    assert project.lines("two") == 0, "two migrators at once"
    assert project.none_left() and project.lock_is_free(), "some of a migrator is left"
    assert project.rows() == 1, f"applied {project.rows()} times"
    if event == "SIGTERM" and in_time:
        assert done.code in (0, 143), f"{done.code}: {done.err}"
        assert done.seconds_after_signal < 3.5
        if graceful and done.code == 143:
            assert project.lines("graceful") == 1 or "migrator finished" in done.err, f"no time to end:\n{done.err}"
    return f"{event}{', pid 1' if init else ''}", done.code


def test_never_two_at_once_and_none_left_when_the_lock_is_free(database, start, tmp_path):
    print(f"PGE_SEED={SEED} PGE_MIGRATORS={ROUNDS} shapes: {', '.join([*SHAPES, *ALEMBIC])}")
    events, shapes = Counter(), Counter()
    began = time.monotonic()
    for number in range(ROUNDS):
        choose = random.Random(f"{SEED} {number}")
        # Each shape in turn; the rest is drawn.
        shape = [*SHAPES, *ALEMBIC][(SEED + number) % len(SHAPES | ALEMBIC)]
        project = Project(tmp_path / f"round_{number}", database, shape, f"applied_{number}")
        told = []
        try:
            event, code = one_round(project, choose, start, told)
        except Exception as wrong:
            raise AssertionError(f"round {number} of {SEED}: {', '.join(told)}: {wrong}") from wrong
        events[event] += 1
        shapes[shape] += 1
    print(f"{ROUNDS} rounds in {time.monotonic() - began:.0f} s")
    for counts in (events, shapes):
        print("\n".join(f"  {count:4}  {name}" for name, count in counts.most_common()))
