"""The README's picture: what is drawn of a run, and that it is one of the demo as it is."""

import importlib.util
import re
import xml.etree.ElementTree as xml
from importlib.machinery import SourceFileLoader

import pytest

from conftest import ROOT

RUN = "20\t1. The application is started.\n90\t  12:00:00.123Z info    lock acquired ms=3\n9090\t  GET  /a?b&c <d>\n"
DRAWN = sorted(ROOT.glob("docs/demo-*.svg"))


@pytest.fixture
def recording():
    loader = SourceFileLoader("recording", f"{ROOT}/scripts/lib/recording")
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("recording", loader))
    loader.exec_module(module)
    return module


def lines_of(svg):
    return ["".join(text.itertext()) for text in xml.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def delays_of(svg):
    return [int(found) for found in re.findall(r"animation-delay:(\d+)ms", svg)]


def test_each_line_is_drawn_as_it_was_and_after_the_one_before(recording):
    svg = recording.drawn(recording.read(RUN), recording.THEMES["dark"])
    assert lines_of(svg) == ["$ scripts/demo", *(row.partition("\t")[2] for row in RUN.splitlines())]
    delays = delays_of(svg)
    assert delays == sorted(delays) and len(set(delays)) == 4
    # Nine seconds of waiting are not waited for again.
    assert delays[3] - delays[2] == recording.LONGEST_PAUSE


@pytest.mark.parametrize("path", ["/src/migrations", "/tmp/x", "/home/me/pg-entrypoint", "/root", "/builds/docs"])
def test_a_path_of_the_machine_is_refused(recording, path):
    with pytest.raises(SystemExit, match="a path of this machine"):
        recording.read(f"{RUN}9999\t  reading {path}\n")
    # The twin: paths of the container that the demo is about are none.
    assert recording.read(f"{RUN}9999\t  GET /applications, /app/data\n")


def acts(text):
    return re.findall(r"^(?:line \")?(\d\. [A-Za-z].*?)\"?$", text, re.M)


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: path.stem)
def test_the_picture_is_of_the_demo_as_it_is(recording, path):
    shown = "\n".join(lines_of(path.read_text()))
    wanted = [act.replace("\\`", "`") for act in acts((ROOT / "scripts/demo").read_text())]
    assert [line for line in acts(shown) if line in wanted] == [act for act in wanted if len(act) <= 80] and len(wanted) >= 4
    assert not recording.MACHINE.search(shown)


def test_it_is_drawn_for_light_and_dark_pages():
    assert [path.stem for path in DRAWN] == ["demo-dark", "demo-light"]
    dark, light = (path.read_text() for path in DRAWN)
    assert lines_of(dark) == lines_of(light) and dark != light
