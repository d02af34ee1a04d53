"""One run of a group's rows: how many rounds, where its files are, which rows are done."""

import json
import pathlib
import tempfile
import time
import traceback

from harness import machine, results
from harness.measure import Absent, Failed


class Session:
    def __init__(self, group, quick, folder):
        self.group, self.quick, self.folder = group, quick, pathlib.Path(folder)
        self.done = {}
        self.kept = {}

    def rounds(self, wanted, quick=3):
        return quick if self.quick else wanted

    def directory(self, name):
        """An empty one of this name."""
        made = self.folder / name
        made.mkdir()
        return made

    def once(self, key, make):
        """What `make` has made the first time: several rows may need the same database."""
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]

    def row(self, name):
        """Another row of this run, which is measured now if it was not."""
        if name not in self.done:
            self.done[name] = self.group.rows[name](self)
        return self.done[name]


def summary(name, row):
    lines = [f"{name}: {row.title}, {row.rounds} rounds"]
    for candidate in row.figures:
        low, high = row.middle(candidate)
        ratio = row.ratio(candidate)
        compared = "" if candidate == results.OURS or ratio is None else f"   ours is {ratio:.2f} of it"
        lines.append(f"  {candidate:22} {row.median(candidate):10.3f} {row.unit}  ({low:.3f} … {high:.3f}){compared}")
    for bound in row.bounds:
        value = "?" if bound.value is None else f"{bound.value:.2f}"
        lines.append(f"  {bound.verdict}: {bound.name} {value} {bound.unit}, at most {bound.most:g}")
    return "\n".join(lines + [f"  {fact}" for fact in row.facts])


def measure(group, names, quick, out):
    """Measures these rows and keeps each as soon as it is there. False when one failed; the others are measured still."""
    about, succeeded = machine.describe(quick), True
    (out / "versions.json").parent.mkdir(parents=True, exist_ok=True)
    (out / "versions.json").write_text(json.dumps(machine.versions(), indent=1, ensure_ascii=False) + "\n")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        session = Session(group, quick, folder)
        for name in names:
            began = time.monotonic()
            try:
                row = session.row(name)
            except Absent as absent:
                print(f"{group.name}/{name}: left out: {absent}", flush=True)
                continue
            except Failed as failure:
                print(f"{group.name}/{name}: not measured: {failure}", flush=True)
                succeeded = False
                continue
            except Exception:  # one row's mistake is not to cost the others
                print(f"{group.name}/{name}: not measured:\n{traceback.format_exc()}", flush=True)
                succeeded = False
                continue
            row.measured = about
            results.save(out, group, results.load(out, group) | {name: row})
            print(summary(f"{group.name}/{name}", row), f"  [{time.monotonic() - began:.0f} s]", sep="\n", flush=True)
    return succeeded
