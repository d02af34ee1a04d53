"""The search of the documentation's site: the site's own script finds pages, with nothing but the site's files."""

import json
import pathlib
import shutil
import subprocess
import sys

import pytest

from documents import ROOT

pytest.importorskip("mkdocs", reason="there is no mkdocs here")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    subprocess.run([sys.executable, ROOT / "scripts/lib/site", folder], check=True, timeout=120)
    return folder


def found(site, *queries):
    if not shutil.which("node"):
        pytest.skip("there is no node here")
    script = pathlib.Path(__file__).with_name("search.cjs")
    done = subprocess.run(["node", script, site, *queries], check=True, capture_output=True, text=True, timeout=60)
    return [{place.partition("#")[0] for place in json.loads(line)} for line in done.stdout.splitlines()]


def test_words_lead_to_their_pages_and_nonsense_to_none(site):
    pages = found(site, "pgbouncer", "kustomize", "advisory lock timeout", "baseline", "qqxyzzy")
    for page, places in zip(["docs/refusals.html", "deploy/index.html", "docs/pg-entrypoint.1.html", "docs/migrating-from.html"], pages):
        assert page in places, places
    assert pages[-1] == set()
