"""Every object is one that the Kubernetes API of 1.34 takes, by the schemas of npm's kubernetes-models."""

import copy
import json
import pathlib
import shutil
import subprocess

import pytest

from documents import CLIENTS, MODES, OVERLAYS, TOOLS, chart, of_kind, overlay

MODULES = TOOLS / "kubernetes/node_modules"
pytestmark = pytest.mark.skipif(not MODULES.exists() or not shutil.which("node"), reason="no schemas: the npm registry did not give them")


def problems(documents):
    script = pathlib.Path(__file__).with_name("validate.mjs")
    done = subprocess.run(["node", script, MODULES], input=json.dumps(documents), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", OVERLAYS)
def test_an_overlay_is_valid(name):
    assert problems(overlay(name)) == []


@pytest.mark.skipif(not (CLIENTS / "helm").exists(), reason="no helm: the npm registry did not give it")
@pytest.mark.parametrize("mode", MODES)
def test_a_rendered_chart_is_valid(mode):
    assert problems(chart(mode)) == []


def pod_of(documents):
    return of_kind(documents, "Deployment")[0]["spec"]["template"]["spec"]


@pytest.mark.parametrize("change, said", [
    (lambda d: pod_of(d).update(terminationGracePeriod=30), "/spec/template/spec/terminationGracePeriod: the API has no such field"),
    (lambda d: pod_of(d)["containers"][0]["lifecycle"]["preStop"].update(sleep={"second": 5}), "must have required property seconds"),
    (lambda d: pod_of(d)["securityContext"].update(seccompProfile={"type": "Default"}), "one of the allowed values"),
    (lambda d: d[0].update(apiVersion="v2"), "there is no schema for v2"),
    (lambda d: of_kind(d, "Deployment")[0]["spec"].update(replicas="3"), "must be integer"),
])
def test_what_the_api_would_refuse_is_found(change, said):
    documents = copy.deepcopy(overlay("job"))
    change(documents)
    assert any(said in problem for problem in problems(documents))
