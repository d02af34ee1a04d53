"""--migrator-user: the migrator runs as the application's user unless another one is named."""

import os
import pathlib
import pwd
import signal
import tempfile

import pytest

from runner import children_of, state_of, until

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")

USER = ["--user", "12345:54321"]


@pytest.fixture
def tree():
    """A directory that everybody may reach, and only root may write to."""
    with tempfile.TemporaryDirectory(prefix="pge-tree.") as directory:
        path = pathlib.Path(directory)
        path.chmod(0o755)
        yield path


def writing(tree):
    return ["--migrator", f"sh -c 'id -u > {tree}/made; id -G >> {tree}/made; echo $HOME >> {tree}/made'"]


def test_what_it_writes_belongs_to_the_application(entrypoint, database, tree):
    run = entrypoint(*USER, "--chown", tree, *writing(tree), "--", "sh", "-c", f"echo more >> {tree}/made && echo started")
    assert (run.code, run.out) == (0, "started\n"), run.err
    assert (tree / "made").read_text() == "12345\n54321\n/\nmore\n"
    assert (tree / "made").stat().st_uid == 12345 and (tree / "made").stat().st_gid == 54321


def test_as_root_it_breaks_the_application(entrypoint, database, tree):
    """The twin: what was the default before."""
    run = entrypoint(*USER, "--chown", tree, "--migrator-user", "0:0", *writing(tree),
                     "--", "sh", "-c", f"echo more >> {tree}/made && echo started")
    assert run.code != 0 and run.out == ""
    assert (tree / "made").read_text().startswith("0\n0\n") and (tree / "made").stat().st_uid == 0


def test_it_may_have_a_user_of_its_own_with_its_groups_and_home(entrypoint, database, tree):
    account = pwd.getpwnam("postgres")
    os.chown(tree, account.pw_uid, account.pw_gid)
    run = entrypoint("--user", "nobody", "--migrator-user", "postgres", *writing(tree), "--", "id", "-un")
    assert (run.code, run.out) == (0, "nobody\n"), run.err
    uid, groups, home = (tree / "made").read_text().splitlines()
    assert int(uid) == account.pw_uid and home == account.pw_dir
    assert sorted(map(int, groups.split())) == sorted(os.getgrouplist("postgres", account.pw_gid))


def test_without_any_user_it_runs_as_we_were_started(entrypoint, database, tree):
    assert entrypoint(*writing(tree), "--", "true").code == 0
    assert (tree / "made").read_text().splitlines()[0] == "0" and (tree / "made").read_text().splitlines()[2] == "/root"


def test_a_job_gives_it_the_same_user_and_directories(entrypoint, database, tree):
    run = entrypoint("migrate", *USER, "--chown", tree, *writing(tree))
    assert run.code == 0, run.err
    assert tree.stat().st_uid == 12345 and (tree / "made").stat().st_uid == 12345
    # Files of ours write nothing, and need no directories.
    os.chown(tree, 0, 0)
    assert entrypoint("migrate", *USER, "--chown", tree, migrations={"1_a.sql": "select 1;"}).code == 0
    assert tree.stat().st_uid == 0


def test_a_migrator_that_its_user_may_not_execute_is_126_before_the_database_is_touched(entrypoint, database, tree):
    program = tree / "upgrade"
    program.write_text("#!/bin/sh\ntrue\n")
    program.chmod(0o700)
    run = entrypoint(*USER, "--migrator", str(program), "--", "echo", "started")
    assert run.code == 126 and "permission denied for uid 12345" in run.err
    assert run.out == "" and "database answered" not in run.err
    run = entrypoint(*USER, "--migrator-user", "0", "--migrator", str(program), "--", "echo", "started")
    assert (run.code, run.out) == (0, "started\n"), run.err


def test_a_user_that_we_cannot_become_is_78_and_named(entrypoint, database):
    run = entrypoint("--migrator-user", "nosuchuser", "--migrator", "true", "--", "echo", "started")
    assert run.code == 78 and '--migrator-user: user "nosuchuser" is not in' in run.err and run.out == ""
    run = entrypoint("--migrator-user", "12345:54321", "--migrator", "true", "--", "echo", "started",
                     within=["setpriv", "--bounding-set", "-setuid,-setgid"])
    assert run.code == 78 and "--migrator-user: cannot become 12345:54321" in run.err
    assert run.out == "" and "database answered" not in run.err


def migrator_of(run):
    stage = until(lambda: children_of(run.pid), what="the stage")[0]
    return stage, until(lambda: children_of(stage), what="the migrator")[0]


def test_a_stop_ends_it_although_it_belongs_to_another_user(start, database):
    run = start(*USER, "--migrator", "sh -c 'echo ready; sleep 60; true'", "--", "echo", "started").wait_for("ready")
    _, migrator = migrator_of(run)
    done = run.signal().finish()
    assert done.code == 143 and done.seconds_after_signal < 2 and state_of(migrator) is None
    until(database.lock_is_free, 2, "a free lock")


def test_it_does_not_outlive_the_stage_that_was_killed(start, database):
    run = start(*USER, "--migrator", "sh -c 'echo ready; sleep 60; true'", "--", "echo", "started", init=True).wait_for("ready")
    stage, migrator = migrator_of(run)
    os.kill(stage, signal.SIGKILL)
    done = run.finish()
    assert done.code == 70 and done.out == "" and state_of(migrator) is None
    until(database.lock_is_free, 2, "a free lock")
