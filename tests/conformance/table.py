#!/usr/bin/env python3
"""Asks all programs the same and prints docs/conformance.md. Called by scripts/conformance."""

import subprocess
import sys

import probes
from subjects import OURS, SUBJECTS

HEAD = """# As process 1: compared

What `pg-entrypoint` and three other inits do in the same situation. `scripts/conformance` has written this page: it runs the
probes of [tests/conformance](../tests/conformance/probes.py) against each program, and nothing here was filled in by hand. A
probe that asks for a feature by an option says so; where there is no such option the cell is "–". Rows where another program is
better are listed at the end.

Programs: {programs}.
"""


def version_of(subject):
    if subject.words[0] == OURS:
        return subprocess.run([OURS, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    package = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}", subject.name], capture_output=True, text=True, check=True)
    return f"{package.stdout} (Debian)"


def cell(function, subject):
    try:
        return function(subject)
    except KeyError:
        return "–"
    except (TimeoutError, OSError, IndexError, StopIteration, ValueError) as error:
        print(f"{subject.name}: {error!r}", file=sys.stderr)
        return "no"


def main():
    print(HEAD.format(programs=", ".join(map(version_of, SUBJECTS))))
    section, better = None, []
    for heading, title, function in probes.ROWS:
        if heading != section:
            section = heading
            print(f"\n## {heading}\n\n| | {' | '.join(subject.name for subject in SUBJECTS)} |\n|---|{'---|' * len(SUBJECTS)}")
        cells = [cell(function, subject) for subject in SUBJECTS]
        print(f"| {title} | {' | '.join(cells)} |", flush=True)
        if cells[-1] != "yes" and "yes" in cells:
            better.append(f"{heading}: {title} ({', '.join(s.name for s, c in zip(SUBJECTS, cells) if c == 'yes')})")
    print("\n## Where another one is better\n")
    print("\n".join(f"- {row}" for row in better) if better else "In no row that is answered by yes or no.")
    print("\nRows with figures are not counted here.")


main()
