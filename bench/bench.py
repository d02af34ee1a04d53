"""Runs the measurements of scripts/bench and says which bars were missed."""

import sys

import start

MEASUREMENTS = {"start": start.main}

quick = "--quick" in sys.argv
names = [word for word in sys.argv[1:] if not word.startswith("--")] or list(MEASUREMENTS)
missed = [what for name in names for what in MEASUREMENTS[name](quick).missed]
print(f"{len(missed)} missed: {'; '.join(missed)}" if missed else "every bar was held")
sys.exit(0)
