"""A migrator that fails: its last lines stay."""

import json
import pathlib

import pytest

from alembic_project import AlembicProject
from conftest import ENCODED

TERMINATION = pathlib.Path("/dev/termination-log")
START = ("--", "echo", "started")


@pytest.fixture
def script(tmp_path):
    """A migrator that is a shell script; returns the options that name it."""

    def write(body):
        path = tmp_path / "tool.sh"
        path.write_text("#!/bin/sh\n" + body)
        path.chmod(0o755)
        return ["--migrator", "./tool.sh"]

    return write


@pytest.fixture
def termination_log():
    """As Kubernetes mounts it; returns what it has got."""
    TERMINATION.touch()
    yield TERMINATION.read_text
    TERMINATION.unlink()


def last(done):
    return json.loads(done.err.splitlines()[-1])


# What it has written

def test_its_last_lines_are_in_the_final_error_also_when_quiet(entrypoint, script, termination_log):
    tool = script("seq -f 'step %g' 40; echo 'relation \"x\" does not exist' >&2; echo \"$DATABASE_URL\"; exit 3")
    done = entrypoint(*tool, "--quiet", "--log-format", "json", *START)
    assert done.code == 76 and done.out == ""
    said = last(done)["output"].splitlines()
    assert said[:6] == [f"step {n}" for n in range(35, 41)] and said[6] == 'relation "x" does not exist'
    assert "owner:***@" in said[7] and ENCODED not in done.err and len(done.err.splitlines()) == 1
    left = termination_log()
    assert r"relation \"x\" does not exist" in left and "***" in left and ENCODED not in left
    # The twins: of a silent one nothing is made up, and one that succeeds leaves nothing.
    silent = last(entrypoint(*script("exit 3"), "--quiet", "--log-format", "json", *START))
    assert "output" not in silent and "has written nothing" in silent["hint"]
    assert entrypoint(*script("echo fine"), "--quiet", *START).err == ""


def test_the_error_of_alembic_stays_before_a_long_statement(entrypoint, tmp_path, termination_log):
    rows = ",\n".join(f"({n})" for n in range(40))
    AlembicProject(tmp_path).revision("a1", upgrade=f'op.execute("""insert into missing values {rows}""")')
    done = entrypoint("--migrator", "alembic upgrade head", "--quiet", *START)
    assert done.code == 76
    for text in (done.err.splitlines()[-1], termination_log()):
        assert r'relation \"missing\" does not exist' in text


def test_a_long_command_does_not_push_the_cause_out_of_the_termination_message(entrypoint, termination_log):
    words = "x" * 6000
    done = entrypoint("--migrator", f"sh -c 'echo the cause; exit 3' {words}", *START)
    left = termination_log()
    assert done.code == 76 and len(left.encode()) <= 4096
    assert 'output="the cause"' in left and left.endswith("exit=76\n")


def test_a_try_that_failed_shows_its_lines_when_quiet(entrypoint, script):
    tool = script("[ -e once ] && exit 0; touch once; echo the cause; exit 1")
    done = entrypoint(*tool, "--quiet", "--migrator-retries", "1", *START)
    assert (done.code, done.out) == (0, "started\n") and 'output="the cause"' in done.err
