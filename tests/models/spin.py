"""One question to Spin: a model, what it is compiled with, and what is asked of it."""

import os
import pathlib
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass

HERE = pathlib.Path(__file__).resolve().parent
# Megabytes for the states, steps of the longest path; the short searches take less time than an optimizing compiler.
LONG = os.environ.get("PGE_MODELS") == "long"
MEMORY, DEPTH, OPTIMIZED = (4000, 10_000_000, "-O2") if LONG else (1000, 1_000_000, "-O0")
SAFETY = ""
# Claims that something comes true at last. They assume that whoever can go on does so (weak fairness).
AT_LAST = ("ends", "leave", "room")


@dataclass(frozen=True)
class Question:
    model: str
    says: str                # what is proven, or what a control shows
    defines: str = ""        # "REPLICAS=3 SYNC"
    claim: str = SAFETY      # the name of an ltl claim; else assertions, and ends that are none
    holds: bool = True       # a control must have a counterexample
    long: bool = False       # only in scripts/soak models

    def __str__(self):
        return "-".join([self.model, *self.defines.replace("=", "").lower().split(), self.claim or "safety"])


@dataclass(frozen=True)
class Answer:
    errors: int
    complete: bool
    states: str
    seconds: float
    cause: str
    trace: str


def run(*command, cwd):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def ask(question):
    """The whole search, or the first counterexample with its steps."""
    began = time.monotonic()
    source = HERE / f"{question.model}.pml"
    defines = [f"-D{one}" for one in question.defines.split()]
    search = ["-DNOCLAIM", "-DSAFETY"] if question.claim == SAFETY else ["-DNFAIR=3"]
    with tempfile.TemporaryDirectory(prefix="pge-model-") as work:
        made = run("spin", "-a", *defines, str(source), cwd=work)
        assert made.returncode == 0 and (pathlib.Path(work) / "pan.c").exists(), made.stdout + made.stderr
        built = run("gcc", OPTIMIZED, "-w", *search, "-DCOLLAPSE", f"-DMEMLIM={MEMORY}", "-DVECTORSZ=2048", "-o", "pan", "pan.c",
                    cwd=work)
        assert built.returncode == 0, built.stderr
        wanted = [] if question.claim == SAFETY else ["-a", "-N", question.claim, *(["-f"] if question.claim in AT_LAST else [])]
        out = run("./pan", f"-m{DEPTH}", *wanted, cwd=work).stdout
        trail = next(pathlib.Path(work).glob("*.trail"), None)
        trace = run("spin", "-k", trail.name, "-p", "-g", "-l", *defines, str(source), cwd=work).stdout if trail else ""
    found = re.search(r"errors: (\d+)", out)
    assert found, out
    cause = re.search(r"pan:\d+: (.*)", out)
    return Answer(errors=int(found[1]), complete="too small" not in out and "out of memory" not in out,
                  states=re.search(r"(\S+) states, stored", out)[1], seconds=time.monotonic() - began,
                  cause=cause[1] if cause else "", trace=trace)
