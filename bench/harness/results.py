"""What was measured: rows with the figures of each candidate, bounds that were to be held, and groups of rows in files."""

import dataclasses
import json
import statistics

OURS = "pg-entrypoint"


@dataclasses.dataclass
class Bound:
    """A value that is to be at most so much. `value` is None where it could not be measured."""

    name: str
    value: float | None
    most: float
    unit: str = "×"

    @property
    def verdict(self):
        if self.value is None:
            return "not measured"
        return "held" if self.value <= self.most else "missed"


@dataclasses.dataclass
class Row:
    """`figures`: {candidate: [figure of each round, …]}. `reference`: the candidate that the chart takes as one."""

    title: str
    figures: dict
    unit: str = "ms"
    reference: str = "floor"
    bounds: list = dataclasses.field(default_factory=list)
    facts: list = dataclasses.field(default_factory=list)
    measured: dict = dataclasses.field(default_factory=dict)

    @property
    def rounds(self):
        return min(map(len, self.figures.values()))

    def median(self, candidate):
        return statistics.median(self.figures[candidate])

    def middle(self, candidate):
        """The middle half of the figures: from the first quartile to the third."""
        figures = self.figures[candidate]
        if len(figures) < 2:
            return figures[0], figures[0]
        low, _, high = statistics.quantiles(figures, n=4, method="inclusive")
        return low, high

    def ratio(self, to, ours=OURS):
        """Ours to another candidate's, by their medians; None where one of them was not measured, or is nothing."""
        if to not in self.figures or ours not in self.figures or self.median(to) == 0:
            return None
        return self.median(ours) / self.median(to)

    def at_most(self, most, to):
        """Adds the bound that we take at most so many times what another candidate takes."""
        self.bounds.append(Bound(to, self.ratio(to), most))
        return self

    def limit(self, name, value, most, unit):
        """Adds a bound on a value by itself."""
        self.bounds.append(Bound(name, value, most, unit))
        return self

    def fact(self, text):
        """Adds a line below the table."""
        self.facts.append(text)
        return self

    def as_json(self):
        rounded = {name: [float(f"{figure:.5g}") for figure in figures] for name, figures in self.figures.items()}
        return dataclasses.asdict(self) | {"figures": rounded}

    @staticmethod
    def of_json(values):
        return Row(**values | {"bounds": [Bound(**bound) for bound in values["bounds"]]})


class Group:
    """Rows that are measured together, on a server of their own.

    about: a paragraph for the page. charts: see page.py; counted: what their lines count. connections: the server's
    max_connections. rows: {name: function}.
    """

    def __init__(self, name, title, about, charts=(), counted="", connections=100):
        self.name, self.title, self.about, self.charts, self.counted = name, title, about, charts, counted
        self.connections, self.rows = connections, {}

    def row(self, name):
        """Decorates a function of a session that measures one row."""
        def add(function):
            self.rows[name] = function
            return function
        return add

    def chosen(self, words):
        """The names of the rows that these words mean: `start` all of the group, `start/10` one. No words: all."""
        return [name for name in self.rows if not words or self.name in words or f"{self.name}/{name}" in words]


def load(folder, group):
    """{name: Row} of what is kept in a folder of results, in the group's order; rows that are no more are left out."""
    path = folder / f"{group.name}.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    return {name: Row.of_json(kept[name]) for name in group.rows if name in kept}


def save(folder, group, rows):
    """One line for each list of figures, so that a difference can be read."""
    kept = {name: rows[name].as_json() for name in group.rows if name in rows}
    text = json.dumps(kept, indent=1, ensure_ascii=False)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{group.name}.json").write_text(joined(text) + "\n")


def joined(text):
    """JSON with lists of figures on one line each."""
    lines, inside = [], False
    for line in text.split("\n"):
        bare = line.strip()
        if inside and bare in ("]", "],"):
            inside = False
            lines[-1] += bare
        elif inside:
            lines[-1] += bare + " " * bare.endswith(",")
        else:
            lines.append(line)
        inside = inside or line.endswith("[")
    return "\n".join(lines)
