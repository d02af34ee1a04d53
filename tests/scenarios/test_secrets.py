"""The owner's URL is for migrating: the application finds it neither in its environment nor in that of process 1."""

import subprocess


def test_the_environment_of_process_1_does_not_show_the_owners_url(start, database):
    # A root application with every capability may read all of /proc: what matters is that it is not there any more.
    script = "tr '\\0' '\\n' </proc/1/environ | grep -c MIGRATE_DATABASE_URL=postgres; echo end"
    run = start("--", "sh", "-c", script, init=True, migrations={"0001_a.sql": "select 1;"},
                env={"DATABASE_URL": database.url_of("reader"), "MIGRATE_DATABASE_URL": database.url})
    done = run.finish()
    assert done.code == 0 and done.out.split() == ["0", "end"], done.out + done.err


def test_the_memory_of_process_1_is_closed_to_the_same_user(start, database):
    run = start("--", "sh", "-c", "echo ready; sleep 30", migrations={"0001_a.sql": "select 1;"},
                env={"MIGRATE_DATABASE_URL": database.url})
    run.wait_for("ready")
    seen = subprocess.run(["setpriv", "--bounding-set", "-sys_ptrace", "--inh-caps", "-sys_ptrace", "head", "-c", "1",
                           f"/proc/{run.pid}/maps"], capture_output=True, check=False)
    run.signal().finish()
    assert seen.returncode != 0
