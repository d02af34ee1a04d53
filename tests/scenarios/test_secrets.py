"""The owner's URL is for migrating: the application finds it neither in its environment nor in that of process 1."""

import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import pytest

from conftest import ENCODED, PASSWORD, ROOT
from runner import children_of

SPY = ROOT / "tests" / "container" / "spy.py"
AS_USER = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def test_the_environment_of_process_1_does_not_show_the_owners_url(start, database):
    # A root application with every capability may read all of /proc: what matters is that it is not there any more.
    script = "tr '\\0' '\\n' </proc/1/environ | grep -c MIGRATE_DATABASE_URL=postgres; echo end"
    run = start("--", "sh", "-c", script, init=True, migrations={"0001_a.sql": "select 1;"},
                env={"DATABASE_URL": database.url_of("reader"), "MIGRATE_DATABASE_URL": database.url})
    done = run.finish()
    assert done.code == 0 and done.out.split() == ["0", "end"], done.out + done.err


@pytest.fixture
def place():
    """A directory in which the user of these tests may write."""
    with tempfile.TemporaryDirectory(prefix="pge-open.") as directory:
        os.chmod(directory, 0o777)
        yield pathlib.Path(directory)


def spied_on(start, place, env, secret=ENCODED):
    """What an application of the same user finds in process 1. As from an engine, the output belongs to that user."""
    run = start("--allow-empty", "--dir", place, "--", sys.executable, SPY, cwd=place,
                env={"SPY_FOR": base64.b64encode(secret.encode()).decode()} | env,
                within=["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", *AS_USER,
                        "sh", "-c", 'exec "$@" >said', "sh"])
    done = run.finish()
    assert done.code == 0, done.err
    return json.loads((place / "said").read_text())


def test_an_application_of_the_same_user_finds_no_secret_in_process_1_and_may_log_to_its_output(start, database, place):
    url = database.url_of("reader", password=None)
    found = spied_on(start, place, {"DATABASE_URL": url, "MIGRATE_DATABASE_URL": database.url})
    assert found == {"environ": "clean", "cmdline": "clean", "memory": "clean", "ptrace": "attached", "output": "opened",
                     "own": url}


def test_a_secret_that_the_application_has_itself_would_have_been_found(start, database, place):
    found = spied_on(start, place, {"DATABASE_URL": database.url})
    assert (found["environ"], found["memory"], found["output"]) == ("found", "found", "opened")


def seen_by(options, pid, name):
    return subprocess.run([*options, "head", "-c", "1", f"/proc/{pid}/{name}"], timeout=10, capture_output=True,
                          check=False).returncode == 0


def test_as_long_as_the_owners_url_is_in_it_the_process_is_closed_to_its_own_user(start, database, place):
    holder = database.hold_lock()
    (place / "1_one.sql").write_text("create table one (id integer);")
    run = start("--dir", place, "--", "sh", "-c", "echo it serves; exec sleep 30", cwd=place, within=AS_USER,
                env={"DATABASE_URL": database.url_of("reader"), "MIGRATE_DATABASE_URL": database.url})
    run.wait_for("waiting for the advisory lock")
    processes = [run.pid, *children_of(run.pid)]
    assert len(processes) == 2
    assert not any(seen_by(AS_USER, pid, name) for pid in processes for name in ("environ", "maps"))
    holder.close()
    run.wait_for("it serves")
    assert seen_by(AS_USER, run.pid, "environ") and seen_by(AS_USER, run.pid, "maps")
    assert run.signal().finish().code == 143


def test_root_without_the_right_to_trace_may_log_to_the_output_of_process_1(start, database):
    plain_root = ["setpriv", "--bounding-set", "-sys_ptrace"]
    run = start("--", "sh", "-c", "echo it serves; exec sleep 30", migrations={"0001_a.sql": "select 1;"}, within=plain_root,
                env={"DATABASE_URL": database.url_of("reader"), "MIGRATE_DATABASE_URL": database.url}).wait_for("it serves")
    subprocess.run([*plain_root, "sh", "-c", f"echo said elsewhere >/proc/{run.pid}/fd/1"], check=True, timeout=10)
    run.wait_for("said elsewhere", 2)
    assert run.signal().finish().code == 143


@pytest.mark.parametrize("owner, env", [
    ("${DIRECT_URL}", lambda database: {"DIRECT_URL": database.url}),
    ("host=${DB_HOST} port=${DB_PORT} user=${OWNER} password=${OWNER_PASS} dbname=${DB_NAME}",
     lambda database: {"DB_HOST": database.host, "DB_PORT": database.port, "OWNER": "owner", "OWNER_PASS": PASSWORD,
                       "DB_NAME": database.name}),
])
def test_nor_one_whose_owner_is_named_by_an_option(start, database, place, owner, env):
    url = database.url_of("reader", password=None)
    secret = ENCODED if "URL" in owner else PASSWORD
    found = spied_on(start, place, {"DATABASE_URL": url, "PG_ENTRYPOINT_MIGRATE_DATABASE": owner} | env(database), secret)
    assert found == {"environ": "clean", "cmdline": "clean", "memory": "clean", "ptrace": "attached", "output": "opened",
                     "own": url}
