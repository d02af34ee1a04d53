"""A migrator that fails: its last lines stay, and what was the server's fault is not the migrator's."""

import json
import pathlib

import psycopg
import pytest

from alembic_project import AlembicProject
from conftest import ENCODED
from runner import until

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
    silent = entrypoint(*script("[ -e twice ] && exit 0; touch twice; exit 1"), "--migrator-retries", "1", *START)
    assert silent.code == 0 and "retrying" in silent.err and "output=" not in silent.err


# The server goes away

CRASH = """psql -qXAt "$DATABASE_URL" <<'END'
select pg_backend_pid() as pid \\gset
\\setenv SERVER_PROCESS :pid
\\! kill -9 $SERVER_PROCESS
select 1;
END
"""


def accepts_connections(url):
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture
def crashing(fragile_cluster):
    """The URL of a database whose server may crash."""
    with psycopg.connect(fragile_cluster.url, autocommit=True) as connection:
        connection.execute("create database crashing owner owner")
    yield fragile_cluster.url_of("owner", "crashing")
    until(lambda: accepts_connections(fragile_cluster.url), timeout=30, what="the end of the recovery")
    with psycopg.connect(fragile_cluster.url, autocommit=True) as connection:
        connection.execute("drop database crashing with (force)")


def runs(tmp_path):
    return len((tmp_path / "runs").read_text().splitlines())


def test_a_crash_of_the_server_is_not_the_migrators_failure(entrypoint, script, crashing, tmp_path):
    tool = script("echo once >> runs; [ $(wc -l < runs) -gt 2 ] && exit 0\n" + CRASH)
    done = entrypoint(*tool, *START, env={"DATABASE_URL": crashing}, timeout=40)
    assert (done.code, done.out) == (0, "started\n"), done.err
    assert runs(tmp_path) == 3 and done.err.count("lost with it") == 2


def test_the_twin_whose_own_session_alone_was_lost_has_failed(entrypoint, script, tmp_path):
    tool = script('echo once >> runs; psql -qX "$DATABASE_URL" -c "select pg_terminate_backend(pg_backend_pid())"')
    done = entrypoint(*tool, *START)
    assert done.code == 76 and done.out == "" and runs(tmp_path) == 1
    assert "terminating connection" in done.err.splitlines()[-1]


def test_one_that_crashes_the_server_each_time_is_told_in_the_end(entrypoint, script, crashing, tmp_path):
    tool = script("echo once >> runs; echo the cause\n" + CRASH)
    done = entrypoint(*tool, *START, env={"DATABASE_URL": crashing}, timeout=60)
    assert done.code == 69 and done.out == "" and runs(tmp_path) == 6
    line = done.err.splitlines()[-1]
    assert "./tool.sh; the session that holds the lock was lost with it" in line
    assert "the cause" in line and "crashes the server" in line
