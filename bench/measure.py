"""What the measurements share: interleaved rounds, medians, spread, ratios.

Others may be at work on the machine, so figures of different runs say little about each other. What is compared is run
in turn, in an order that goes round with the rounds, and a ratio is one of medians from the same rounds.
"""

import statistics
import subprocess
import time


def milliseconds(command, environment, **options):
    """One run, which has to succeed. The output is thrown away unless it fails."""
    began = time.perf_counter()
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          **options)
    took = (time.perf_counter() - began) * 1000
    if done.returncode != 0:
        raise SystemExit(f"{command}: status {done.returncode}\n{done.stdout.decode(errors='replace')}")
    return took


def rounds(candidates, count, warm_up=1):
    """{name: [ms, …]} of {name: function that returns ms}; the first of them are thrown away."""
    taken = {name: [] for name in candidates}
    names = list(candidates)
    for index in range(warm_up + count):
        first = index % len(names)
        for name in names[first:] + names[:first]:
            took = candidates[name]()
            if index >= warm_up:
                taken[name].append(took)
    return taken


class Row:
    """A line of the report: what each candidate took, and how that compares."""

    def __init__(self, name, taken):
        self.name = name
        self.taken = taken

    def median(self, candidate):
        return statistics.median(self.taken[candidate])

    def ratio(self, candidate, to):
        return self.median(candidate) / self.median(to) if to in self.taken else None

    def spread(self, candidate):
        """The middle half."""
        low, _, high = statistics.quantiles(self.taken[candidate], n=4)
        return low, high

    def text(self, ours):
        lines = [f"{self.name}, {len(self.taken[ours])} rounds"]
        for candidate in self.taken:
            low, high = self.spread(candidate)
            ratio = "" if candidate == ours else f"   {ours} / this: {self.ratio(ours, candidate):.2f}"
            lines.append(f"  {candidate:14} {self.median(candidate):9.2f} ms  ({low:.2f} … {high:.2f}){ratio}")
        return "\n".join(lines)


class Bar:
    """A ratio that is to be reached; a missed one is told as missed."""

    def __init__(self):
        self.missed = []

    def check(self, what, value, most):
        if value is None:
            print(f"  not measured: {what}")
            return
        held = value <= most
        print(f"  {'held' if held else 'MISSED'}: {what} is {value:.2f}, at most {most}")
        if not held:
            self.missed.append(what)
