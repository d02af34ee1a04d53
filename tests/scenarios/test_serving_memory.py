"""What process 1 costs while the application is served: memory, threads, wake-ups, descriptors."""

import os
import subprocess
import time

import pytest

from conftest import BINARY
from runner import children_of, until

UP = ["--migrate", "off", "--", "sh", "-c", "echo up; exec sleep 60"]
STATIC = "INTERP" not in subprocess.run(["readelf", "-l", BINARY], capture_output=True, text=True, check=True).stdout
KIB = 1024


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def anonymous(pid):
    return int(status_of(pid)["RssAnon"].split()[0]) * KIB


def settled(run):
    run.wait_for("application started")
    time.sleep(0.2)
    return run.pid


def big_environment():
    return {f"BIG_{number}": "x" * 120_000 for number in range(16)}


@pytest.mark.parametrize("small_variables", [False, True], ids=["16 large", "19000 small"])
def test_a_large_environment_is_kept_once(start, small_variables):
    """The kernel's own copy, which every process has."""
    big = {f"B{number}": "x" * 93 for number in range(19_000)} if small_variables else big_environment()
    size = sum(len(name) + len(value) + 2 for name, value in big.items())
    plain = anonymous(settled(start(*UP)))
    with_big = anonymous(settled(start(*UP, env=big)))
    pointers = 8 * len(big)
    print(f"environment {size / KIB:.0f} KiB: {plain / KIB:.0f} and {with_big / KIB:.0f} KiB anonymous")
    # A page that has something else on it stays; a copy would be twice the size.
    assert with_big - plain < size * 1.125 + pointers + 64 * KIB


@pytest.mark.skipif(not STATIC, reason="a dynamic debug binary relocates more")
def test_private_memory_is_small(start):
    used = anonymous(settled(start(*UP)))
    print(f"{used / KIB:.0f} KiB anonymous")
    assert used <= 192 * KIB  # 124 to 128 are usual


def test_nothing_wakes_it_and_there_are_no_threads(start):
    pid = settled(start(*UP))
    until(lambda: children_of(pid))
    before = status_of(pid)
    time.sleep(1.5)
    after = status_of(pid)
    assert before["Threads"] == "1"
    assert before["voluntary_ctxt_switches"] == after["voluntary_ctxt_switches"]


def test_it_keeps_three_descriptors_and_no_directory(start):
    pid = settled(start(*UP))
    assert sorted(os.listdir(f"/proc/{pid}/fd")) == ["0", "1", "2"]
    assert os.readlink(f"/proc/{pid}/cwd") == "/"
