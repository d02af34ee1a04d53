"""Whatever the command line and the variables say: an error that is told, or a run; never a crash, never a hang.
scripts/soak command-lines does it with the full count. PGE_SEED repeats the choices."""

import collections
import os
import pathlib
import random
import subprocess
import tempfile

import pytest

from command_lines import APPLICATION, Maker, flags_of, run, what_is_wrong
from conftest import BINARY

LINES = int(os.environ.get("PGE_COMMAND_LINES", "250"))
SEED = int(os.environ.get("PGE_SEED") or random.randrange(10**6))


@pytest.fixture
def folder():
    """With an application that is the only one on PATH, and a directory that nobody's programs may write to."""
    with tempfile.TemporaryDirectory(prefix="command-lines.") as name:
        made = pathlib.Path(name)
        (made / "bin").mkdir()
        (made / "bin/app").write_text(f"#!/bin/sh\necho the application\nexit {APPLICATION}\n")
        (made / "work/migrations").mkdir(parents=True)
        (made / "work/migrations/0001_a.sql").write_text("select 1;")
        for path in ("bin", "bin/app", "."):
            (made / path).chmod(0o755)
        for path in ("work", "work/migrations"):
            (made / path).chmod(0o777)
        yield made


def test_a_random_command_line_is_an_error_that_is_told_or_a_run(folder):
    print(f"PGE_SEED={SEED}")
    flags = flags_of(subprocess.run([BINARY, "--help"], capture_output=True, text=True, check=True).stdout)
    assert flags["--wait-timeout"] and flags["--migrate"] and flags["--history-table"] and not flags["--quiet"]
    codes, wrong = collections.Counter(), []
    for index in range(LINES):
        maker = Maker(flags, random.Random(f"{SEED} {index}"))
        words = maker.words()
        environment = {b"PATH": os.fsencode(folder / "bin"), b"HOME": b"/"} | maker.environment()
        code, out, err = run(BINARY, words, environment, folder / "work")
        codes[code] += 1
        if problem := what_is_wrong(code, out, err):
            wrong.append(f"{problem}: {words} {environment} {err[-300:]}")
    print(dict(codes.most_common()))
    assert not wrong, f"PGE_SEED={SEED}\n" + "\n".join(wrong)
    assert codes[64] > 0 and codes[APPLICATION] > 0


@pytest.mark.parametrize("script, problem", [
    ("kill -SEGV $$", "status -11"), ("exit 139", "status 139"), ("exit 70", "status 70"), ("trap '' TERM; while :; do :; done", "status hangs"),
    ("exit 64", "status 64 without a word"), ("echo the application; echo no >&2; exit 64", "the application ran in spite of an error"),
    ("echo internal error >&2; exit 64", "a fault of ours"), ("echo unknown option >&2; exit 64", None), ("exit 42", None),
])
def test_the_judge_knows_a_crash_and_a_hang(monkeypatch, folder, script, problem):
    monkeypatch.setattr("command_lines.PATIENCE", 2)
    assert what_is_wrong(*run("sh", ["-c", script], dict(os.environ), folder / "work")) == problem
