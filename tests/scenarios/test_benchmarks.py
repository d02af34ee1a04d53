"""The harness of scripts/bench: its statistics, its charts, and that docs/benchmarks.md is what it has written."""

import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

import pytest

from conftest import ROOT

sys.path.append(str(ROOT / "bench"))
from harness import chart, page, results  # noqa: E402
from harness.measure import Failed, interleaved, milliseconds, one_processor, printed, run  # noqa: E402
from harness.results import Group, Row  # noqa: E402
from rows import GROUPS  # noqa: E402

PATH = {"PATH": "/usr/bin:/bin"}
MEASURED = {"date": "2026-01-01", "machine": "two processors", "server": "PostgreSQL", "binary": "0.1.0", "load": 0.1, "quick": False}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """client(name): a program of bench/clients, for those that need no library."""
    folder = tmp_path_factory.mktemp("clients")

    def build(name):
        program = folder / name
        if not program.exists():
            source = ROOT / f"bench/clients/{name.replace('-', '_')}.c"
            subprocess.run(["gcc-14", "-O1", "-Wall", "-Wextra", "-Werror", "-o", program, source], check=True)
        return program

    return build


def row(ours=(10.0, 11.0, 30.0), floor=(10.0, 10.0, 10.0), **more):
    return Row("ten files", {"pg-entrypoint": list(ours), "floor": list(floor)}, measured=dict(MEASURED), **more)


def group(**rows):
    made = Group("start", "Start", "What is measured.", charts=[("bars", "start", "Start", tuple(rows)),
                                                                ("lines", "growth", "Growth", {"ten": 10, "hundred": 100})], counted="files")
    for name in rows:
        made.row(name)(None)
    return made


def render(folder, notes=None, **rows):
    made = group(**rows)
    results.save(folder, made, rows)
    return page.render([(made, results.load(folder, made))], ["psql 17"], notes or {})


def test_a_ratio_is_one_of_medians_and_the_spread_is_the_middle_half():
    measured = row(ours=(10, 11, 12, 13, 500))
    assert (measured.median("pg-entrypoint"), measured.ratio("floor")) == (12, 1.2)
    assert measured.middle("pg-entrypoint") == (11, 13)
    assert row(ours=(7,)).middle("pg-entrypoint") == (7, 7)
    assert measured.ratio("nobody") is None and row(floor=(0,)).ratio("floor") is None


@pytest.mark.parametrize("most, verdict", [(1.1, "held"), (1.09, "missed")])
def test_a_bound_is_held_or_missed(most, verdict):
    measured = row().at_most(most, "floor").limit("memory", most, 1.1, "kB").at_most(most, "nobody")
    assert [bound.verdict for bound in measured.bounds] == [verdict, "held", "not measured"]


def test_the_order_goes_round_and_what_warms_up_is_not_counted():
    called = []
    candidates = {name: lambda name=name: called.append(name) or len(called) for name in "abc"}
    taken = interleaved(candidates, 2, warm_up=1, before=lambda: called.append("-"))
    assert "".join(called) == "-a-b-c-b-c-a-c-a-b"
    assert taken == {"a": [12, 16], "b": [8, 18], "c": [10, 14]}


def test_a_command_that_fails_is_no_figure():
    assert milliseconds(["true"], PATH) > 0 and printed(["echo", "2.5 7"], PATH) == 2.5
    with pytest.raises(Failed, match="sh ended with 3: why"):
        milliseconds(["sh", "-c", "echo why; exit 3"], PATH)


def test_what_takes_microseconds_runs_on_one_processor():
    before = os.sched_getaffinity(0)
    with one_processor():
        assert printed(["nproc"], PATH) == 1
    assert os.sched_getaffinity(0) == before


def test_processes_start_at_once_and_the_slowest_counts(client, tmp_path):
    script = f"mkdir {tmp_path}/first 2>/dev/null && sleep 0.5; echo out"
    took = printed([client("at-once"), 5, "sh", "-c", script], PATH)
    assert 500 <= took < 1500
    with pytest.raises(Failed, match="at-once: 4 of 5 failed"):
        printed([client("at-once"), 5, "mkdir", tmp_path / "second"], PATH)


def test_the_peak_is_that_of_whatever_the_command_starts(client):
    alone = ["unshare", "--pid", "--fork", "--mount-proc"]

    def peak(every, code):
        took, memory = run([*alone, client("peak"), every, "sh", "-c", f"python3 -c '{code}'; true"], PATH).split()
        return float(took), int(memory)

    took, memory = peak(5, "import time; x = bytes(range(256)) * 200_000; time.sleep(0.3)")
    assert took >= 300 and 50_000 < memory < 80_000
    assert peak(5, "pass")[1] < 40_000 and peak(0, "pass")[1] == 0
    with pytest.raises(Failed, match="ended with 7"):
        run([client("peak"), 0, "sh", "-c", "exit 7"], PATH)


def test_an_application_stamps_its_signals(client):
    with subprocess.Popen([client("stamp")], stdout=subprocess.PIPE, text=True) as stamp:
        assert stamp.stdout.readline() == "ready\n"
        for number in (signal.SIGUSR1, signal.SIGTERM):
            sent = time.monotonic_ns()
            stamp.send_signal(number)
            assert sent < int(stamp.stdout.readline()) < time.monotonic_ns()
    assert stamp.returncode == 0


def test_the_bare_loop_counts_for_each_file(client, tmp_path):
    (tmp_path / "1_a.sql").write_text("select 1;\n")
    assert 0 < int(run([client("read-loop"), tmp_path, 5], PATH)) < 10_000_000
    with pytest.raises(Failed, match="ended with 66"):
        run([client("read-loop"), tmp_path / "nothing", 5], PATH)


def test_what_is_kept_is_what_was_measured(tmp_path):
    made, measured = group(ten=None, hundred=None), row().at_most(1.1, "floor").fact("1,000 files [a, b],")
    results.save(tmp_path, made, {"ten": measured})
    assert results.load(tmp_path, made) == {"ten": measured}
    text = (tmp_path / "start.json").read_text()
    assert '"floor": [10.0, 10.0, 10.0]' in text and json.loads(text)["ten"]["facts"] == ["1,000 files [a, b],"]
    # A row that the harness no longer has is left out.
    assert results.load(tmp_path, group(hundred=None)) == {}


def test_the_page_has_figures_verdicts_and_charts(tmp_path):
    text, images, problems = render(tmp_path, ten=row().at_most(1.2, "floor").fact("A fact."), hundred=row())
    assert "| ten files, ms | **11.0** (10.5 … 20.5) | 10.0 (10.0 … 10.0), 1.10 × | 3 |" in text
    assert "| Start: ten files | floor | 1.10 × | 1.20 × | held |" in text
    assert "![Start](benchmarks/start.svg)" in text and "- A fact." in text and "What was missed" not in text
    assert set(images) == {"start.svg", "growth.svg"} and problems == []


@pytest.mark.parametrize("notes, said, problem", [
    ({}, "Not explained yet.", "missed, and bench/notes.toml does not say why: start/ten, floor"),
    ({"start/ten": {"floor": "A reason."}}, "(missed). A reason.", None),
    ({"start/ten": {"floor": "A reason.", "psql": "Another."}}, "A reason.", "bench/notes.toml explains start/ten, psql, which is not missed"),
])
def test_what_was_missed_is_told_with_its_reason(tmp_path, notes, said, problem):
    text, _, problems = render(tmp_path, notes, ten=row().at_most(1.05, "floor"))
    assert "| **missed** |" in text and said in text
    assert problems == ([problem] if problem else [])


@pytest.mark.parametrize("changed, said", [
    ({"quick": True}, "A quick run"), ({"binary": "0.2.0"}, "Groups were measured with different binaries")])
def test_what_makes_figures_worth_less_is_said(tmp_path, changed, said):
    other = row()
    assert said not in render(tmp_path, ten=row(), hundred=other)[0]
    other.measured |= changed
    assert said in render(tmp_path, ten=row(), hundred=other)[0]


def places(svg, element, attribute):
    tree = ElementTree.fromstring(svg)
    return [float(found.get(attribute)) for found in tree.iter(f"{{http://www.w3.org/2000/svg}}{element}") if found.get(attribute)]


def test_a_bar_is_as_long_as_its_median_says():
    svg = chart.bars("Start <&>", [row(ours=(20.0,), floor=(10.0,))])
    _, ours, floor = places(svg, "rect", "width")
    assert ours == pytest.approx(2 * floor) and "Start &lt;&amp;&gt;" in svg and "20.0 ms, 2.00 ×" in svg
    assert "prefers-color-scheme:dark" in svg and "http" not in svg.replace("http://www.w3.org/2000/svg", "")


def test_a_line_rises_by_decades_and_its_labels_do_not_meet():
    svg = chart.lines("Growth", {"a": [(10, 1.0), (100, 10.0), (1000, 100.0)], "b": [(10, 1.0), (1000, 100.0)]}, "files", "ms")
    heights = places(svg, "circle", "cy")[:3]
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2], abs=0.2) and heights[0] > heights[1]
    marks = places(svg, "rect", "y")[-2:]
    assert marks[1] - marks[0] >= 15


@pytest.mark.parametrize("value, text", [(0.0, "0"), (0.0312, "0.0312"), (1.104, "1.10"), (99.96, "100.0"), (312.4, "312"), (31240.0, "31,240"), (2, "2")])
def test_a_figure_has_three_digits_and_a_count_all(value, text):
    assert chart.short(value) == text


def test_rows_with_other_candidates_are_another_table(tmp_path):
    other = Row("other", {"pg-entrypoint": [2.0], "tini": [1.0]}, unit="", measured=dict(MEASURED))
    text, _, _ = render(tmp_path, ten=row(), hundred=other)
    assert "| | pg-entrypoint | floor | rounds |" in text and "| | pg-entrypoint | tini | rounds |" in text
    assert "| other | **2** | 1, 2.00 × | 1 |" in text


def test_names_of_rows_choose_them():
    made = group(ten=None, hundred=None)
    assert [made.chosen(words) for words in ([], ["start"], ["start/ten"], ["apply"])] == [["ten", "hundred"]] * 2 + [["ten"], []]


def test_the_documents_have_what_the_harness_writes():
    """A page that was edited by hand, or is older than its figures, is not the page: scripts/bench page."""
    folder = ROOT / "docs/benchmarks"
    text, images, _, _ = page.of_folder(GROUPS.values(), folder, ROOT / "bench/notes.toml")
    assert (ROOT / "docs/benchmarks.md").read_text() == text
    assert {path.name: path.read_text() for path in folder.glob("*.svg")} == images


def test_every_chart_names_rows_that_are_there():
    for made in GROUPS.values():
        assert not [row for _, _, _, wanted in made.charts for row in wanted if row not in made.rows], made.name
