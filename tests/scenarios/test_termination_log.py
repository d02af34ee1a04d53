"""The termination message: the cause of our failure, in a file that somebody else has made."""

import contextlib
import os
import pathlib
import subprocess
import tempfile

import pytest

from conftest import BINARY, ENCODED, PASSWORD, SECRETS

DEFAULT = pathlib.Path("/dev/termination-log")
ONE = {"0001_one.sql": "create table one (id integer);"}
BAD = {"0001_bad.sql": "select nope;"}
SERVE = ["--", "echo", "started"]


@pytest.fixture
def message(tmp_path):
    """A file like the one that Kubernetes mounts, elsewhere."""
    path = tmp_path / "message"
    path.write_text("untouched\n")
    return path


@pytest.fixture
def default():
    DEFAULT.write_text("untouched\n")
    yield DEFAULT
    DEFAULT.unlink()


def cause(line):
    """A line of the log without time and level."""
    return line.split("error   ", 1)[1]


@pytest.mark.parametrize("way", ["default", "option", "variable", "json"])
def test_it_is_the_cause_that_the_log_ends_with(entrypoint, message, default, way):
    options = {"option": ["--termination-log", message], "json": ["--log-format=json", f"--termination-log={message}"]}.get(way, [])
    env = {"PG_ENTRYPOINT_TERMINATION_LOG": message} if way == "variable" else {}
    done = entrypoint(*options, *SERVE, migrations=BAD, env=env)
    assert done.code == 76
    used, other = (default, message) if way == "default" else (message, default)
    assert other.read_text() == "untouched\n"
    text = used.read_text()
    assert text.endswith(" exit=76\n") and 'nope" does not exist at=migrations/0001_bad.sql:1:8' in text and text.count("\n") == 1
    last = done.err.splitlines()[-1]
    if way == "json":
        assert done.events()[-1]["message"] in text
    else:
        assert cause(last) + "\n" == text


def test_where_the_file_is_not_none_is_made(entrypoint, tmp_path):
    assert not DEFAULT.exists()
    for options in ([], ["--termination-log", tmp_path / "nowhere"], ["--termination-log", tmp_path / "no" / "where"]):
        done = entrypoint(*options, *SERVE, migrations=BAD)
        assert done.code == 76 and "termination" not in done.err
    assert not DEFAULT.exists() and not list(tmp_path.glob("no*"))


@pytest.mark.parametrize("option", [["--no-such"], ["--lock-retries", "many"]])
def test_a_command_line_that_cannot_be_understood_is_a_cause_too(entrypoint, message, option):
    assert entrypoint("--termination-log", message, *option, *SERVE).code == 64
    assert message.read_text().endswith(" exit=64\n") and option[0] in message.read_text()


def test_a_stop_before_the_application_runs_is_a_cause(start, database, message):
    holder = database.hold_lock()
    run = start("--termination-log", message, *SERVE, migrations=ONE).wait_for("waiting for the advisory lock")
    assert run.signal().finish().code == 143
    holder.close()
    assert message.read_text().endswith(" exit=143\n")


@pytest.mark.parametrize("script, code", [("exit 3", 3), ("kill -9 $$", 137), ("exit 0", 0)])
def test_the_applications_own_end_leaves_it_to_the_application(entrypoint, message, script, code):
    assert entrypoint("--termination-log", message, "--", "sh", "-c", script, migrations=ONE).code == code
    assert message.read_text() == "untouched\n"
    assert entrypoint("--termination-log", message, "--", "sh", "-c", f"echo mine > {message}; {script}").code == code
    assert message.read_text() == "mine\n"


def test_an_application_that_cannot_start_is_our_cause(entrypoint, message):
    assert entrypoint("--termination-log", message, "--", "nowhere", migrations=ONE).code == 127
    assert message.read_text().endswith(" exit=127\n")


@pytest.mark.parametrize("what", ["read-only", "full", "a pipe", "a link", "a directory"])
def test_a_file_that_cannot_be_written_changes_nothing_else(entrypoint, tmp_path, message, what):
    with tempfile.TemporaryDirectory(prefix="pge-disk.") as name:
        disk = pathlib.Path(name)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", disk], check=True)
        path = disk / "message"
        try:
            if what == "a pipe":
                os.mkfifo(path)
            elif what == "a link":
                path.symlink_to(message)
            elif what == "a directory":
                path.mkdir()
            else:
                path.write_text("" if what == "full" else "old\n")
            if what == "full":
                with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as filler:
                    while True:
                        filler.write(b"x" * 4096)
            if what == "read-only":
                subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
            done = entrypoint("--termination-log", path, *SERVE, migrations=BAD, timeout=10)
            assert done.code == 76 and done.err.splitlines()[-1].endswith(" exit=76")
            assert message.read_text() == "untouched\n"
            if what == "read-only":
                assert path.read_text() == "old\n"
        finally:
            subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.mark.parametrize("lead", ["", "x", "xx"])
def test_what_is_long_is_cut_between_characters(entrypoint, message, lead):
    words = lead + "€" * 3000
    done = entrypoint("--termination-log", message, "--migrator", f"sh -c 'echo the cause; exit 3' {words}", *SERVE)
    assert done.code == 76
    written = message.read_bytes()
    assert 2000 < len(written) <= 4096 and "€…" in written.decode() and written.endswith(b" exit=76\n")


def test_no_password_is_in_it(entrypoint, message):
    SECRETS.add("hush-hush")
    leaks = {"0001_leak.sql": f"do $$ begin raise exception '%', 'postgresql://u:hush-hush@h/d {PASSWORD}'; end $$;",
             "0002_no.sql": "select 1;"}
    for options in ([], ["--error-detail=full"]):
        assert entrypoint("--termination-log", message, *options, *SERVE, migrations=leaks).code == 76
        text = message.read_text()
        assert "***" in text and text.endswith(" exit=76\n")
        assert not any(secret in text for secret in (PASSWORD, ENCODED, "hush-hush"))


def test_the_servers_detail_is_not_in_it(entrypoint, message):
    files = {"0001_key.sql": "create table one (id text primary key); insert into one values ('a customer'), ('a customer');"}
    done = entrypoint("--termination-log", message, "--error-detail=full", *SERVE, migrations=files)
    assert done.code == 76 and "a customer" in done.err.splitlines()[-1]
    assert "duplicate key" in message.read_text() and "=(a customer)" not in message.read_text()


def test_a_command_beside_the_application_leaves_the_containers_message_alone(start, entrypoint, message):
    """As `kubectl exec` runs it: the container goes on, and what it leaves at its end is not this command's."""
    served = start("--", "sh", "-c", "echo up; exec sleep 60", migrations=ONE).wait_for("up")
    env = {"PG_ENTRYPOINT_TERMINATION_LOG": message}
    assert entrypoint("check", migrations={"0001_one.sql": "select 'changed';"}, env=env).code == 65
    assert entrypoint("healthcheck", "--http", "nothing", env=env).code == 64
    assert entrypoint("--no-such", env=env).code == 64
    assert message.read_text() == "untouched\n"
    # The twin: where nothing runs, it is the container's own.
    served.signal().finish()
    assert entrypoint("check", env=env).code == 65
    assert message.read_text().endswith(" exit=65\n")


@pytest.mark.parametrize("init", [False, True], ids=["child", "pid1"])
def test_what_runs_below_another_entrypoint_is_the_containers_own(entrypoint, message, init):
    inner = ["--no-database", "--", BINARY, "--termination-log", message, *SERVE]
    assert entrypoint(*inner, migrations=BAD, init=init).code == 76
    assert message.read_text().endswith(" exit=76\n")
