"""The documentation's site is built from the tree, and what would be wrong in it is found."""

import importlib.util
from importlib.machinery import SourceFileLoader

import pytest

from conftest import ROOT

pytest.importorskip("mkdocs", reason="there is no mkdocs here")


@pytest.fixture
def site():
    loader = SourceFileLoader("site_builder", f"{ROOT}/scripts/lib/site")
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("site_builder", loader))
    loader.exec_module(module)
    return module


@pytest.fixture
def tree(tmp_path):
    """tree(name=text…): pages of a small project."""

    def write(**files):
        root = tmp_path / "tree"
        for name, text in files.items():
            path = root / f"{name.replace('__', '/')}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return root

    return write


SOUND = {"README": "# A\n\n[log](docs/log.md#events), [file](Dockerfile), [folder](docs)\n\n<picture>\n<img alt=\"a\" src=\"a.svg\">\n</picture>\n",
         "docs__log": "# Log\n\n## Events\n\n![chart](chart.svg)\n"}


def problems(site, monkeypatch, root, output):
    monkeypatch.setattr(site, "MENU", [{"A": "README.md"}, {"Log": "docs/log.md"}])
    (root / "Dockerfile").write_text("FROM scratch\n")
    (root / "docs/chart.svg").write_text("<svg/>\n")
    (root / "a.svg").write_text("<svg/>")
    return site.build(root, output)


def test_pages_files_and_the_search_are_there(site, monkeypatch, tree, tmp_path):
    assert problems(site, monkeypatch, tree(**SOUND), tmp_path / "out") == []
    assert (tmp_path / "out/Dockerfile").read_text() == "FROM scratch\n"
    assert (tmp_path / "out/docs/chart.svg").read_text() == "<svg/>\n"
    assert (tmp_path / "out/a.svg").read_text() == "<svg/>"
    page = (tmp_path / "out/index.html").read_text()
    assert 'href="site.css"' in page and "overflow-x" in (tmp_path / "out/site.css").read_text()
    assert 'href="docs/log.html#events"' in page and "folder" in page and 'href="docs"' not in page
    assert "Events" in (tmp_path / "out/search/search_index.json").read_text()


@pytest.mark.parametrize("change, said", [
    ({"README": "[gone](docs/gone.md)"}, "docs/gone.md"),
    ({"README": "[log](docs/log.md#gone)"}, "gone"),
    ({"README": "![chart](docs/gone.svg)"}, "docs/gone.svg"),
    ({"docs__lost": "# Lost\n"}, "docs/lost.md: not in the menu"),
    ({"README": '<script src="https://example.org/x.js"></script>'}, "index.html: loads https://example.org/x.js"),
])
def test_what_is_wrong_is_found(site, monkeypatch, tree, tmp_path, change, said):
    found = problems(site, monkeypatch, tree(**SOUND | change), tmp_path / "out")
    assert any(said in problem for problem in found), found
