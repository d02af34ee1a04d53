"""The owner's URL is for migrating: the application finds it neither in its environment nor in that of process 1."""

import os
import subprocess
import tempfile

from conftest import BINARY


def test_the_environment_of_process_1_does_not_show_the_owners_url(start, database):
    # A root application with every capability may read all of /proc: what matters is that it is not there any more.
    script = "tr '\\0' '\\n' </proc/1/environ | grep -c MIGRATE_DATABASE_URL=postgres; echo end"
    run = start("--", "sh", "-c", script, init=True, migrations={"0001_a.sql": "select 1;"},
                env={"DATABASE_URL": database.url_of("reader"), "MIGRATE_DATABASE_URL": database.url})
    done = run.finish()
    assert done.code == 0 and done.out.split() == ["0", "end"], done.out + done.err


def test_the_memory_of_process_1_is_closed_to_an_application_of_the_same_user(database):
    with tempfile.TemporaryDirectory(prefix="pge-open.") as directory:
        os.chmod(directory, 0o755)
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", BINARY, "--allow-empty", "--dir", directory, "--",
             "sh", "-c", "head -c 1 /proc/$PPID/maps; echo maps $?; head -c 1 /proc/$PPID/environ; echo environ $?"],
            env={"PATH": os.environ["PATH"], "MIGRATE_DATABASE_URL": database.url}, cwd="/", text=True, timeout=20,
            capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["maps 1", "environ 1"], done.stdout
