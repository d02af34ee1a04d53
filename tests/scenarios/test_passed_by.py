"""--only-for, --not-for and --no-database: commands that are not the server, and a plain init."""

import os
import pathlib
import signal
import sys
import tempfile

import pytest

from conftest import ENCODED
from runner import children_of, until
from servers import free_port

ONE = {"0001_one.sql": "create table one (id integer);"}
TOLD = "not a server command: no migration"
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def nowhere():
    """An owner's database and the application's, at an address where nothing listens."""
    address = f"{ENCODED}@127.0.0.1:{free_port()}/app"
    return {"DATABASE_URL": f"postgresql://app:{address}", "MIGRATE_DATABASE_URL": f"postgresql://boss:{address}",
            "PG_ENTRYPOINT_WAIT_TIMEOUT": "300ms"}


@pytest.mark.parametrize("options", [["--only-for", "gunicorn,bin/server start"], ["--not-for", "sh -c"],
                                     ["--only-for", "sh", "--not-for", "sh -c"]], ids=" ".join)
@pytest.mark.parametrize("loudness", [[], ["--quiet"]], ids=["", "quiet"])
@pytest.mark.parametrize("mode", [[], ["--exec"]], ids=["supervised", "exec"])
def test_a_command_that_is_passed_by_runs_at_once_and_is_told_of(entrypoint, nowhere, options, loudness, mode):
    run = entrypoint(*options, *loudness, *mode, "--", "sh", "-c", "env | cut -d= -f1; exit 7", migrations=ONE, env=nowhere)
    assert run.code == 7, run.err
    assert run.err.count(TOLD) == 1 and "warning" in run.err and 'command="sh -c env' in run.err
    assert f"by={'--not-for' if '--not-for' in options else '--only-for'}" in run.err
    assert run.seconds < 2 and "waiting for the database" not in run.err and "answered" not in run.err
    # The same environment as the server's: the application's URL, none of ours, none of the owner's.
    assert "DATABASE_URL" in run.out.split()
    assert not any(name.startswith(("PG_ENTRYPOINT", "MIGRATE_")) for name in run.out.split())


@pytest.mark.parametrize("options", [["--only-for", "sh"], ["--not-for", "sh -x"], ["--only-for", "s?", "--not-for", "rake,dash"]],
                         ids=" ".join)
def test_the_server_is_not(entrypoint, database, nowhere, options):
    """The twin: these patterns choose the same command."""
    run = entrypoint(*options, "--", "/bin/sh", "-c", "echo started", migrations=ONE, env=nowhere)
    assert run.code == 69 and run.out == "" and TOLD not in run.err
    run = entrypoint(*options, "--", "/bin/sh", "-c", "echo started")
    assert (run.code, run.out) == (0, "started\n") and TOLD not in run.err
    assert database.applied() == ["1"]


def test_it_needs_no_database_to_be_configured_and_no_files(entrypoint):
    run = entrypoint("--only-for", "server", "--", "echo", "started", env={"DATABASE_URL": None})
    assert (run.code, run.out) == (0, "started\n")
    run = entrypoint("--only-for", "echo", "--", "echo", "started", env={"DATABASE_URL": None})
    assert run.code == 78 and "no database is configured" in run.err


def test_patterns_do_not_concern_our_own_commands(entrypoint, database):
    run = entrypoint("migrate", migrations=ONE, env={"PG_ENTRYPOINT_ONLY_FOR": "server", "PG_ENTRYPOINT_NOT_FOR": "migrate"})
    assert run.code == 0 and TOLD not in run.err and database.applied() == ["1"]


@needs_root
@pytest.mark.parametrize("options", [["--only-for", "server"], ["--no-database"]], ids=" ".join)
def test_it_runs_as_the_same_user_who_has_the_same_directories(entrypoint, nowhere, options):
    with tempfile.TemporaryDirectory(prefix="pge-uploads.") as directory:
        tree = pathlib.Path(directory)
        tree.chmod(0o755)
        run = entrypoint(*options, "--user", "12345:54321", "--chown", tree, "--", "sh", "-c", f"id -u; id -g; : > {tree}/new",
                         env=nowhere)
        assert (run.code, run.out) == (0, "12345\n54321\n"), run.err
        assert (tree / "new").stat().st_uid == 12345
        run = entrypoint(*options, "--user", "12345:54321", "--chown", tree / "nosuch", "--", "echo", "started", env=nowhere)
        assert run.code == 78 and run.out == ""


@pytest.mark.parametrize("options", [["--only-for", "server"], ["--no-database"]], ids=" ".join)
def test_process_1_supervises_it_as_it_does_the_server(start, nowhere, options):
    program = ("import os, signal, sys, time\n"
               "signal.signal(10, lambda n, f: (os.write(1, b'got it\\n'), sys.exit(33)))\n"
               "if os.fork() == 0:\n    if os.fork() == 0: time.sleep(0.1)\n    os._exit(0)\n"
               "os.wait()\nprint('ready', flush=True)\nwhile True: time.sleep(0.02)")
    run = start(*options, "--", sys.executable, "-c", program, init=True, env=nowhere).wait_for("ready")
    until(lambda: pathlib.Path(f"/proc/{run.pid}/comm").read_text() == "pge:serving\n", what="serving")
    assert b"boss" not in pathlib.Path(f"/proc/{run.pid}/environ").read_bytes()
    until(lambda: len(children_of(run.pid)) == 1, what="the end of the orphan")
    done = run.signal(signal.SIGUSR1).finish()
    assert (done.code, done.out) == (33, "ready\ngot it\n")


def test_without_a_database_nothing_has_to_be_configured_and_nothing_is_told(entrypoint, database):
    run = entrypoint("--no-database", "--", "echo", "started", migrations=ONE, env={"DATABASE_URL": None})
    assert (run.code, run.out) == (0, "started\n") and "warning" not in run.err
    run = entrypoint("--no-database", "--quiet", "echo", "--quiet", migrations=ONE,
                     env={"DATABASE_URL": database.url, "PG_ENTRYPOINT_MIGRATOR": "nosuch"})
    assert (run.code, run.out, run.err) == (0, "--quiet\n", "")
    assert not database.exists("pgentrypoint.history")


def test_the_first_word_is_the_command_even_if_we_have_one_of_that_name(entrypoint, tmp_path):
    program = tmp_path / "migrate"
    program.write_text('#!/bin/sh\necho mine "$@"\n')
    program.chmod(0o755)
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "DATABASE_URL": None}
    run = entrypoint("--no-database", "migrate", "--to", "1", env=env)
    assert (run.code, run.out) == (0, "mine --to 1\n"), run.err
    run = entrypoint("migrate", env=env | {"PG_ENTRYPOINT_NO_DATABASE": "true"})
    assert run.code == 64 and "--no-database" in run.err


@pytest.mark.parametrize("options, ready", [(["--no-database"], False), (["--only-for", "server"], False), (["--migrate", "off"], True)],
                         ids=["no database", "passed by", "the server"])
def test_the_libraries_for_the_database_are_not_initialised(entrypoint, database, tmp_path, options, ready):
    """OpenSSL is made ready together with a look for the CA bundle, which a trace of the system calls shows."""
    trace = tmp_path / "trace"
    run = entrypoint(*options, "--", "echo", "started", within=["strace", "-f", "-e", "trace=%file", "-o", trace])
    assert (run.code, run.out) == (0, "started\n"), run.err
    assert "execve(" in trace.read_text()
    assert ("/etc/ssl/certs/ca-certificates.crt" in trace.read_text()) == ready
