"""A strict reader of Prometheus' text format (exposition format 0.0.4): what a scraper might let pass is an error here."""

import re

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (-?\d+(?:\.\d+)?)")
ESCAPES = {r"\"": '"', r"\\": "\\", r"\n": "\n"}


def read(text):
    """{(name, ((label, value), …)): number}, labels sorted. Every sample belongs to the family above it, which has one HELP
    and one TYPE, both before its samples; no family is interrupted or comes twice, and no series is there twice."""
    assert text.endswith("\n") and "\r" not in text and "\n\n" not in text, "lines end with one line feed"
    series, helped, typed, sampled = {}, set(), set(), set()
    family = None
    for line in text.splitlines():
        if line.startswith("#"):
            match = re.fullmatch(rf"# (HELP|TYPE) ({NAME}) (\S.*)", line)
            assert match, f"neither HELP nor TYPE: {line!r}"
            kind, name, rest = match.groups()
            assert not sampled & {name}, f"{kind} of {name} after its samples"
            if kind == "HELP":
                assert name not in helped, f"two HELP of {name}"
                assert not re.search(r"\\[^\\n]|\\$", rest), f"an escape that there is not: {line!r}"
                helped.add(name)
                family = name
            else:
                assert family == name and name not in typed, f"TYPE of {name} without its HELP before it"
                assert rest in {"gauge", "counter", "untyped"}, f"no type: {rest!r}"
                typed.add(name)
            continue
        match = SAMPLE.fullmatch(line)
        assert match, f"no sample: {line!r}"
        name, labels, number = match[1], match[2] or "", match.groups()[-1]
        assert name == family and name in typed, f"{name} is outside of its family"
        pairs = [(label, re.sub(r'\\["\\n]', lambda found: ESCAPES[found[0]], value)) for label, value in re.findall(LABEL, labels)]
        assert len({label for label, _ in pairs}) == len(pairs), f"a label twice: {line!r}"
        key = (name, tuple(sorted(pairs)))
        assert key not in series, f"a series twice: {line!r}"
        series[key] = float(number)
        sampled.add(name)
    assert sampled == typed == helped, f"families without a sample: {(helped | typed) - sampled}"
    return series
