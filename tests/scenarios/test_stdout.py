"""Who asks and cannot be answered is told so: standard output on a full disk, and a reader that has gone."""

import os
import subprocess

import pytest

from conftest import BINARY

ONE = {"0001_one.sql": "create table one (id integer);"}


@pytest.fixture
def run_into(database, migrations, tmp_path):
    def run(stdout, *args):
        migrations(ONE)
        return subprocess.run([BINARY, *args], stdout=stdout, stderr=subprocess.PIPE, text=True, cwd=tmp_path, timeout=20,
                              env={"DATABASE_URL": database.url}, check=False)
    return run


ASKING = [(["status"], 0), (["status", "--json"], 0), (["check"], 3), (["new", "x"], 0), (["--help"], 0), (["--version"], 0)]


@pytest.mark.parametrize("args, code", ASKING, ids=lambda value: "-".join(value) if isinstance(value, list) else "")
def test_a_full_disk_is_70(run_into, tmp_path, args, code):
    with open("/dev/full", "w") as full:
        done = run_into(full, *args)
    assert done.returncode == 70 and "standard output cannot be written: No space left on device" in done.stderr
    with open(tmp_path / "out", "w") as out:
        assert run_into(out, *args).returncode == code
    assert (tmp_path / "out").stat().st_size > 0


@pytest.mark.parametrize("args, code", ASKING, ids=lambda value: "-".join(value) if isinstance(value, list) else "")
def test_a_reader_that_has_gone_has_read_enough(run_into, args, code):
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w") as pipe:
        done = run_into(pipe, *args)
    assert done.returncode == code and "standard output" not in done.stderr


def test_the_health_check_answers_by_its_code(run_into):
    with open("/dev/full", "w") as full:
        assert run_into(full, "healthcheck").returncode == 1
