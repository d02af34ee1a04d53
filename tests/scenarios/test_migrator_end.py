"""The end of a migrator with all that it has started: by a stop, by a kill of any process of ours, by itself."""

import os
import signal
import time

import pytest

from migrator_ending import VICTIMS, Project, kill
from runner import children_of, state_of, until


@pytest.fixture
def projects(database, tmp_path):
    """projects(shape): one with a name of its own, so that several can be at work at once."""
    made = []

    def make(shape, **more):
        made.append(Project(tmp_path / f"project_{len(made)}", database, shape, f"applied_{len(made)}", **more))
        return made[-1]

    return make


@pytest.fixture
def script(tmp_path):
    def write(text):
        path = tmp_path / "migrator.sh"
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o755)
        return ["--migrator", "./migrator.sh"]

    return write


def assert_kill_leaves_nothing(projects, start, shapes):
    """Side by side, because they wait most of the time."""
    cases = [(projects(shape, nap=3), victim, init) for shape in shapes for victim in VICTIMS for init in (False, True)]
    runs = [project.start(start, init=init) for project, _, init in cases]
    pending = []
    for (project, victim, init), run in zip(cases, runs):
        until(lambda: project.is_running() or run.process.poll() is not None, 20, "the migrator's statement")
        assert run.process.poll() is None, run.err
        kill(run, victim)
        pending.append((project, victim, init, run))
    deadline = time.monotonic() + 8
    while pending:
        assert time.monotonic() < deadline, f"{pending[0][0].shape}, {pending[0][1]}: the lock is not free"
        for case in list(pending):
            project, victim, init, run = case
            if not project.lock_is_free():
                continue
            # Nothing is asked of the server in between: it must be so at this moment. With process 1 the kernel kills all
            # the others itself, and in which order they are gone is a matter of the scheduler.
            if init and victim == "first process":
                until(project.none_left, 2, f"{project.shape}: the end of the migrator")
            assert project.none_left(), f"{project.shape}, {victim}, {'pid 1' if init else 'child'}: still running"
            pending.remove(case)
    for (project, victim, init), run in zip(cases, runs):
        done = run.finish()
        assert "started" not in done.out
        if victim == "stage":
            assert done.code == 70 and "killed by signal 9" in done.err.splitlines()[-1]
        elif not init:
            assert "the first process of pg-entrypoint was killed" in done.err
        assert project.lines("two") == 0 and project.lines("runs") == 1


def test_whoever_of_ours_is_killed_the_lock_is_free_only_when_no_migrator_is_left(projects, start):
    assert_kill_leaves_nothing(projects, start, ["direct", "sh -c"])


@pytest.mark.parametrize("victim", VICTIMS)
def test_the_lock_is_kept_until_the_server_has_noticed_the_end_of_its_clients(projects, start, victim):
    project = projects("sh -c", nap=0.9)
    run = project.start(start)
    until(project.is_running, 10, "the migrator's statement")
    time.sleep(0.55)  # the server has just looked for its client, and looks again when the statement is done
    kill(run, victim)
    until(project.lock_is_free, 5, "a free lock")
    rows = project.rows()
    time.sleep(1)
    assert project.rows() == rows


def test_so_it_is_with_alembic(projects, start):
    assert_kill_leaves_nothing(projects, start, ["sh -c alembic"])


def test_if_all_of_ours_are_killed_what_is_left_of_it_has_the_lock_until_it_ends(start, script, database, tmp_path):
    work = "echo $$ > pid; echo ready; for i in $(seq 600); do [ -e end ] && exit; sleep 0.05; done"
    run = start(*script(f"sh -c '{work}'"), "--", "true").wait_for("ready")
    stage = children_of(run.pid)[0]
    run.signal(signal.SIGKILL)
    os.kill(stage, signal.SIGKILL)
    left = int((tmp_path / "pid").read_text())
    time.sleep(0.5)  # the server looks for its clients twice a second, and would have noticed
    assert state_of(left) not in (None, "Z")
    assert not database.lock_is_free()
    (tmp_path / "end").touch()
    # A process closes its files, and the lock's connection with them, a moment before it is gone.
    until(lambda: state_of(left) in (None, "Z"), 5, "the end of the migrator")
    until(database.lock_is_free, 5, "a free lock")


def test_with_exec_it_is_so_too(projects, start):
    project = projects("sh -c")
    run = project.start(start, "--exec")
    until(project.is_running, 10, "the migrator's statement")
    kill(run, "first process")
    until(project.lock_is_free, 5, "a free lock")
    assert project.none_left()


@pytest.mark.parametrize("init", [False, True], ids=["child", "pid1"])
def test_the_time_to_end_is_for_all_of_it_not_for_its_first_process(projects, start, init):
    running = []
    for shape in ("direct", "sh -c", "wrapper"):
        project = projects(shape)
        running.append((project, project.start(start, init=init)))
    for project, run in running:
        until(project.is_running, 10, "the migrator's statement")
        run.signal()
    for project, run in running:
        done = run.finish()
        assert done.code == 143 and done.seconds_after_signal < 3.5
        assert project.lines("graceful") == 1, f"{project.shape} was not given its time:\n{done.err}"
        # What has left its session is asked to end as well.
        assert "they get SIGKILL" not in done.err
        until(project.lock_is_free, 1, "a free lock")
        assert project.none_left()


def test_alembic_below_a_shell_is_asked_to_end_as_well(projects, start):
    project = projects("sh -c alembic")
    run = project.start(start)
    until(project.is_running, 20, "the migrator's statement")
    done = run.signal().finish()
    assert done.code == 143 and done.seconds_after_signal < 3.5 and "they get SIGKILL" not in done.err
    until(project.lock_is_free, 1, "a free lock")
    assert project.none_left() and project.rows() == 0


def test_what_ignores_the_stop_below_a_shell_is_killed_and_named(start, script, tmp_path):
    deaf = "trap '' TERM; echo $$ > pid; echo ready; while :; do sleep 0.1; done"
    run = start(*script(f'setsid sh -c "{deaf.replace("$", chr(92) + "$")}" & wait'), "--", "echo", "started").wait_for("ready")
    done = run.signal().finish()
    assert done.code == 143 and 2 < done.seconds_after_signal < 3.5
    assert "processes of the migrator did not end: they get SIGKILL" in done.err and " sh" in done.err
    assert state_of(int((tmp_path / "pid").read_text())) in (None, "Z")


def test_what_it_leaves_running_is_asked_to_end_even_if_it_has_left_the_session(entrypoint, script, tmp_path):
    left = "trap 'echo asked > asked; exit' TERM; echo $$ > pid; while :; do sleep 0.05; done"
    done = entrypoint(*script(f'setsid sh -c "{left.replace("$", chr(92) + "$")}" & until [ -s pid ]; do sleep 0.01; done'),
                      "--", "echo", "started")
    assert (done.code, done.out) == (0, "started\n")
    assert "the migrator has left processes running: they get SIGTERM" in done.err
    assert (tmp_path / "asked").read_text() == "asked\n"
    assert state_of(int((tmp_path / "pid").read_text())) in (None, "Z")


def test_the_end_of_a_pipeline_is_not_hurried(entrypoint, script):
    done = entrypoint(*script("(sleep 0.05; echo the last word) &"), "--", "echo", "started")
    assert done.code == 0 and "the last word" in done.err and "left processes" not in done.err


@pytest.mark.parametrize("kind, said", [("the stage", "the preparing process was killed by signal 9"),
                                        ("the migrator", "the migrator was killed by signal 9")])
def test_of_a_kill_only_what_is_known_is_said(start, script, tmp_path, kind, said):
    run = start(*script("echo $$ > pid; echo ready; exec sleep 60"), "--", "true").wait_for("ready")
    if kind == "the stage":
        kill(run, "stage")
    else:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    last = run.finish().err.splitlines()[-1]
    assert said in last
    # Nobody has run out of memory here. Where the count cannot be read both are possible.
    assert "somebody sent the signal" in last
