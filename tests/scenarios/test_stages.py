"""The gate's own scripts: a failure is told once, with its cause, and the count stays honest."""

import os
import subprocess

import pytest

from conftest import ROOT


def gate(tmp_path, script):
    """The output and exit code of a gate with these stages, whose logs go to a directory of the test's own."""
    script = f'. {ROOT}/scripts/lib/common.sh; . {ROOT}/scripts/lib/stages.sh; mkdir -p "$logs"; {script}'
    done = subprocess.run(["bash", "-uc", script], env=os.environ | {"TEST_LOGS": f"{tmp_path}/logs"}, capture_output=True,
                          text=True, timeout=30, check=False)
    return done.returncode, done.stdout + done.stderr


BROKEN = """
stage_needs=([ctest]=build [soak]=ctest)
broken() { echo "one.cpp:1: error: expected ';'"; echo "ninja: build stopped"; return 1; }
stage format - true
stage build - broken
stage ctest - true
stage soak - true
stage docs - false
summary
"""


def test_stages_without_their_input_are_skipped_and_the_first_failure_is_repeated(tmp_path):
    code, output = gate(tmp_path, BROKEN)
    assert code == 1
    assert "ctest                 skipped: the stage build failed" in output
    assert "soak                  skipped: the stage ctest failed" in output
    last = output.splitlines()[-3:]
    assert last[0].startswith("first failure: stage build") and "expected ';'" in last[1]
    assert last[2] == "1 passed, 2 failed, 2 skipped"


def test_without_a_failure_nothing_is_skipped(tmp_path):
    code, output = gate(tmp_path, BROKEN.replace("return 1", "return 0").replace("- false", "- true"))
    assert (code, output.splitlines()[-1]) == (0, "5 passed, 0 failed")
    assert "skipped" not in output and "first failure" not in output


APT = """#!/bin/sh
echo "$*" >>"$CALLS"
case "$*" in *update*) exit 0 ;; *download* | *install*) ;; *) exit 0 ;; esac
[ "$(grep -c install "$CALLS")" -gt "$FAILURES" ]
"""


@pytest.mark.parametrize("known, failures, code, message", [
    (True, 0, 0, ""), (True, 2, 0, ""), (True, 9, 1, "the mirror failed 3 times"),
    (False, 9, 1, "the mirror has no package libmissing")])
def test_a_mirror_is_asked_again_and_a_failure_names_the_package(tmp_path, known, failures, code, message):
    calls = tmp_path / "calls"
    calls.write_text("")
    for name, text in (("apt-get", APT), ("apt-cache", f"#!/bin/sh\nexit {0 if known else 1}\n"), ("sleep", "#!/bin/sh\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    done = subprocess.run([ROOT / "scripts/lib/apt-install", "libmissing"], capture_output=True, text=True, check=False, timeout=30,
                          env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "CALLS": calls, "FAILURES": str(failures)})
    assert done.returncode == code and message in done.stderr
    assert all("Acquire::Retries=" in line for line in calls.read_text().splitlines())
    assert ("libmissing" in done.stderr) == (code != 0)
