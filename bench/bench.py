"""The measurements of scripts/bench, which says how to call it.

    bench.py [--quick] [NAME…]      measures and writes the page
    bench.py [--quick] page         writes the page from what is kept
    bench.py --within GROUP …       measures one group, below tests/with-postgres

To add a row: write a function in a module of rows/, below `@GROUP.row("name")`. It gets the session (session.py: rounds,
folders, what other rows have made) and gives a Row (results.py) with the figures of each candidate; the one named
"pg-entrypoint" is compared with the others. `row.at_most(1.1, "floor")` is a bound that the page tells as held or missed.
A chart names its rows in the group's `charts`. A group is a module that rows/__init__.py lists. Nothing else has to
change: `scripts/bench GROUP/NAME` measures the row. Why a bound was missed is written in notes.toml, by hand.
"""

import argparse
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from harness import page, session, world  # noqa: E402
from rows import GROUPS  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[1]


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--within", action="store_true")
    parser.add_argument("names", nargs="*")
    return parser.parse_args()


def unknown(names):
    known = {*GROUPS, *(f"{group.name}/{row}" for group in GROUPS.values() for row in group.rows)}
    return [name for name in names if name not in known]


def measure(group, given):
    """A group in a process and on a server of its own. Whether all of its rows were measured."""
    words = [sys.executable, __file__, "--within", group.name, *given.names, *(["--quick"] if given.quick else [])]
    environment = os.environ | {"PGE_TEST_CONNECTIONS": str(group.connections)}
    return subprocess.run([ROOT / "tests/with-postgres", *words], env=environment, cwd=ROOT, check=False).returncode == 0


def main():
    given = arguments()
    # What was measured with few rounds is no figure for the documents.
    place = ROOT / ("build/bench/quick" if given.quick else "docs")
    if given.within:
        group = GROUPS[given.names[0]]
        return 0 if session.measure(group, group.chosen(given.names[1:]), given.quick, place / "benchmarks") else 1
    failed = []
    if given.names != ["page"]:
        if wrong := unknown(given.names):
            sys.exit(f"there is no row or group {', '.join(wrong)}; there are {', '.join(GROUPS)} and their rows (start/10)")
        groups = [group for group in GROUPS.values() if group.chosen(given.names)]
        failed = [group.name for group in groups if not measure(group, given)]
    print("\n".join(page.write(GROUPS.values(), place, world.ROOT / "bench/notes.toml")))
    if failed:
        print(f"not all rows were measured of: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
