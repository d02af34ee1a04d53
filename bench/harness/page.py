"""The page with the results, docs/benchmarks.md, its charts, and what is missing in it.

The page is made of the kept results and of bench/notes.toml alone, so that its words can be changed without measuring:
notes.toml has, by the row and the name of the bound, why one was missed. A group's charts are tuples:

    ("bars", file, title, (row, …))        the rows below each other, each on its own scale
    ("lines", file, title, {row: x, …})    a line for each candidate that all these rows have
"""

import json
import textwrap
import tomllib

from harness import chart, results
from harness.chart import short, times

HEAD = """# Benchmarks

How long pg-entrypoint takes beside the least that the same work takes (*floors*: small static C clients in
[bench/clients](../bench/clients)) and beside other tools. `scripts/bench` has measured everything here and written this page;
`scripts/bench start` measures one group again, `scripts/bench --quick` tries all rows with few rounds and writes to
`build/bench/quick` instead. The figures are those of one machine; the ratios say more. Each round runs all candidates, in an
order that goes round. A cell has the median, in brackets the middle half of the rounds, and then ours divided by this one:
below 1 we are faster, or smaller. In a chart the figure behind a bar is the other way round: how much longer it is than the
bar with the dashed line.
"""


def bullet(title, values):
    return f"- {title}: {'; '.join(values)}."


def conditions(rows, versions):
    """What all of it was measured on and with; more than one of a kind when groups were measured apart."""
    def of(key):
        return list(dict.fromkeys(str(row.measured[key]) for row in rows))
    lines = [bullet("Machine", of("machine")), bullet("Server", of("server")), bullet("Binary", of("binary")),
             bullet("Date", of("date")), bullet("Load when a group began", of("load"))]
    if versions:
        lines.append(bullet("Beside it", [", ".join(versions)]))
    if len(of("binary")) > 1:
        lines.append("- **Groups were measured with different binaries: measure all of them again.**")
    if any(row.measured["quick"] for row in rows):
        lines.append("- **A quick run: too few rounds for a figure.**")
    return lines


def amount(value, unit):
    return times(value) if unit == "×" else f"{short(value)} {unit}".strip()


def bounds_table(named):
    lines = ["| | compared | measured | at most | |", "|---|---|---|---|---|"]
    for group, _, row, bound in named:
        value = "–" if bound.value is None else amount(bound.value, bound.unit)
        verdict = f"**{bound.verdict}**" if bound.verdict == "missed" else bound.verdict
        lines.append(f"| {group.title}: {row.title} | {bound.name} | {value} | {amount(bound.most, bound.unit)} | {verdict} |")
    return lines


def cell(row, name):
    if name not in row.figures:
        return "–"
    shown = short if row.unit else lambda value: short(round(value))
    low, high = row.middle(name)
    spread = f" ({shown(low)} … {shown(high)})" if len(row.figures[name]) > 1 else ""
    median = shown(row.median(name))
    if name == results.OURS:
        return f"**{median}**{spread}"
    ratio = row.ratio(name)
    return f"{median}{spread}" + (f", {times(ratio)}" if ratio else "")


def rows_table(rows):
    names = list(rows[0].figures)
    lines = ["| | " + " | ".join(names) + " | rounds |", "|---|" + "---|" * (len(names) + 1)]
    for row in rows:
        title = f"{row.title}, {row.unit}" if row.unit else row.title
        lines.append(f"| {title} | " + " | ".join(cell(row, name) for name in names) + f" | {row.rounds} |")
    return lines


def tables(rows):
    """A row that has other candidates than the one that began a table begins the next."""
    parts = []
    for row in rows:
        if parts and set(row.figures) <= set(parts[-1][0].figures):
            parts[-1].append(row)
        else:
            parts.append([row])
    return [line for part in parts for line in [*rows_table(part), ""]]


def drawn(group, rows):
    """{file: (title, SVG)}, as far as there are rows."""
    found = {}
    for kind, name, title, wanted in group.charts:
        here = [row for row in wanted if row in rows]
        if kind == "bars" and here:
            found[name] = title, chart.bars(title, [rows[row] for row in here])
        if kind == "lines" and len(here) > 1:
            shared = [name for name in rows[here[0]].figures if all(name in rows[row].figures for row in here)]
            series = {candidate: [(wanted[row], rows[row].median(candidate)) for row in here] for candidate in shared}
            found[name] = title, chart.lines(title, series, group.counted, rows[here[0]].unit)
    return found


def section(group, rows, charts):
    lines = [f"## {group.title}", "", textwrap.fill(group.about, 125, break_on_hyphens=False), ""]
    for name, (title, _) in charts.items():
        lines += [f"![{title}](benchmarks/{name}.svg)", ""]
    facts = [f"- {fact}" for row in rows.values() for fact in row.facts]
    return lines + tables(rows.values()) + [*facts, *([""] if facts else [])]


def explained(named, notes):
    """The paragraphs on what was missed, and what is missing in notes or is there for nothing."""
    lines, problems, used = [], [], set()
    for group, name, row, bound in named:
        if bound.verdict == "held":
            continue
        place = f"{group.name}/{name}"
        used.add((place, bound.name))
        note = notes.get(place, {}).get(bound.name)
        if note is None:
            problems.append(f"{bound.verdict}, and bench/notes.toml does not say why: {place}, {bound.name}")
        lines.append(f"- **{group.title}: {row.title}, {bound.name}** ({bound.verdict}). {note or 'Not explained yet.'}")
    for place, names in notes.items():
        problems += [f"bench/notes.toml explains {place}, {name}, which is not missed" for name in names if (place, name) not in used]
    return lines, problems


def all_bounds(kept):
    return [(group, name, row, bound) for group, rows in kept for name, row in rows.items() for bound in row.bounds]


def render(kept, versions, notes):
    """The page, {file: SVG}, and problems. kept: [(group, {name: Row}), …]."""
    rows = [row for _, known in kept for row in known.values()]
    if not rows:
        return HEAD + "\nNothing has been measured yet.\n", {}, []
    named = all_bounds(kept)
    missed, problems = explained(named, notes)
    parts = [HEAD, *conditions(rows, versions), "", "## What was aimed at", "", *bounds_table(named), ""]
    if missed:
        parts += ["## What was missed, and why", "", *missed, ""]
    images = {}
    for group, known in kept:
        if known:
            charts = drawn(group, known)
            images |= {f"{name}.svg": svg for name, (_, svg) in charts.items()}
            parts += section(group, known, charts)
    absent = [f"{group.name}/{name}" for group, known in kept for name in group.rows if name not in known]
    if absent:
        parts += ["## Not measured", "", ", ".join(absent) + ".", ""]
    return "\n".join(parts).rstrip("\n") + "\n", images, problems


def of_folder(groups, folder, notes):
    """`render` of what is kept in a folder and said in a file of notes; and what is kept."""
    kept = [(group, results.load(folder, group)) for group in groups]
    versions = folder / "versions.json"
    found = json.loads(versions.read_text()) if versions.exists() else []
    return *render(kept, found, tomllib.loads(notes.read_text())), kept


def write(groups, place, notes):
    """Writes benchmarks.md and its charts below `place`. What the caller should say."""
    folder = place / "benchmarks"
    text, images, problems, kept = of_folder(groups, folder, notes)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.svg"):
        old.unlink()
    for name, svg in images.items():
        (folder / name).write_text(svg)
    (place / "benchmarks.md").write_text(text)
    missed = [f"missed: {group.name}/{name}, {bound.name}: {bound.value:.2f}, at most {bound.most:g}"
              for group, name, _, bound in all_bounds(kept) if bound.verdict == "missed"]
    return missed + problems + [f"written: {place / 'benchmarks.md'}"]
