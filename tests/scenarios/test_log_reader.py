"""Nobody reads the log, reads it late, or has gone: nothing waits for it, nothing dies of it, and what is lost is said."""

import json
import os
import re
import subprocess
import threading
import time

import pytest

from conftest import BINARY

ONE = {"0001_one.sql": "create table one (id integer);"}


class Log:
    """A pipe that is full already."""

    def __init__(self):
        self.reading, self.writing = os.pipe()
        os.set_blocking(self.writing, False)
        try:
            while True:
                os.write(self.writing, b"x" * 4096)
        except BlockingIOError:
            os.set_blocking(self.writing, True)

    def read_all(self):
        text = b""
        while piece := os.read(self.reading, 65536):
            text += piece
        return text.decode(errors="replace").lstrip("x")


@pytest.fixture
def run_into(database, migrations, tmp_path):
    def run(stderr, *args, stdin=subprocess.DEVNULL):
        migrations(ONE)
        # An unknown variable is a warning of the first process, not of a stage.
        environment = {"PATH": os.environ["PATH"], "DATABASE_URL": database.url, "PG_ENTRYPOINT_NOPE": "1"}
        return subprocess.Popen([BINARY, *args], stdin=stdin, stdout=subprocess.PIPE, stderr=stderr, text=True, cwd=tmp_path,
                                env=environment)
    return run


def seconds_until_up(process):
    began = time.monotonic()
    assert process.stdout.readline() == "up\n"
    took = time.monotonic() - began
    assert process.wait(20) == 0
    return took


@pytest.mark.parametrize("options", [[], ["--debug"]], ids=["info", "debug"])
def test_a_log_that_nobody_reads_costs_little_in_all(run_into, database, options):
    plain = seconds_until_up(run_into(subprocess.DEVNULL, *options, "--", "echo", "up"))
    database.empty()
    log = Log()
    full = seconds_until_up(run_into(log.writing, *options, "--", "echo", "up"))
    assert full < plain + 0.4


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_was_dropped_is_said_when_somebody_reads_again(run_into, form):
    log = Log()
    process = run_into(log.writing, "--log-format", form, "--", "sh", "-c", "echo up; read go; exit 0",
                       stdin=subprocess.PIPE)
    assert process.stdout.readline() == "up\n"
    os.close(log.writing)
    text = []
    reader = threading.Thread(target=lambda: text.append(log.read_all()))
    reader.start()
    time.sleep(0.3)
    process.stdin.close()
    process.wait(20)
    reader.join(10)
    lines = text[0].splitlines()
    told = next(line for line in lines if "log lines were dropped, because nobody read them" in line)
    if form == "json":
        event = json.loads(told)
        assert event["level"] == "warning" and event["count"] >= 4 and event["warnings"] == 1
    else:
        assert int(re.search(r"count=(\d+) warnings=1", told).group(1)) >= 4
    assert "application exited" in lines[lines.index(told) + 1]


def test_with_a_reader_nothing_is_dropped(entrypoint):
    assert "dropped" not in entrypoint("--debug", "--", "true", migrations=ONE).err


def test_a_log_whose_reader_has_gone_kills_nobody(run_into):
    for mode in ([], ["--exec"]):
        reading, writing = os.pipe()
        os.close(reading)
        process = run_into(writing, *mode, "--", "sh", "-c", "echo up; sleep 0.1")
        os.close(writing)
        assert (process.communicate(timeout=20)[0], process.returncode) == ("up\n", 0)


def test_an_exec_that_fails_without_a_reader_keeps_its_status(run_into, tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    program = bytearray(open("/bin/true", "rb").read())
    program[18] = 0x3E if program[18] == 0xB7 else 0xB7  # for another processor: only execve finds that out
    (tmp_path / "foreign").write_bytes(program)
    (tmp_path / "foreign").chmod(0o755)
    process = run_into(writing, "--exec", "--", "./foreign")
    os.close(writing)
    assert process.wait(20) == 126
