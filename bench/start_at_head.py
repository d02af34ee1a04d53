"""Medians of interleaved runs; see start-at-head."""

import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROJECT = ROOT / "examples" / "projectvote-alembic"
MIGRATOR = "alembic upgrade head"
ENVIRONMENT = {"PATH": os.environ["PATH"], "DATABASE_URL": os.environ["PGE_TEST_URL"]}

# "Started" is an application that does nothing: what is measured is all that comes before it.
COMMANDS = {
    "floor: /bin/true": ["/bin/true"],
    "pg-entrypoint": [os.environ["PGE_BINARY"], "--quiet", "--migrator", MIGRATOR, "--", "/bin/true"],
    "alembic upgrade head": MIGRATOR.split(),
}


def seconds(command):
    began = time.perf_counter()
    subprocess.run(command, cwd=PROJECT, env=ENVIRONMENT | {"PYTHONDONTWRITEBYTECODE": "1"}, check=True,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def main(rounds):
    taken = {name: [] for name in COMMANDS}
    for command in COMMANDS.values():  # the first run migrates and leaves the receipt
        seconds(command)
    for _ in range(rounds):
        for name, command in COMMANDS.items():
            taken[name].append(seconds(command))
    for name, values in taken.items():
        print(f"{name:22} median {statistics.median(values) * 1000:7.1f} ms   "
              f"min {min(values) * 1000:7.1f}   max {max(values) * 1000:7.1f}   of {len(values)}")
    ours, theirs = statistics.median(taken["pg-entrypoint"]), statistics.median(taken["alembic upgrade head"])
    print(f"alembic upgrade head / pg-entrypoint = {theirs / ours:.0f}")


main(int(sys.argv[1]))
