"""Kubernetes objects as kustomize or Helm make them of deploy/."""

import os
import pathlib
import shutil
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
OVERLAYS = sorted(path.parent.name for path in ROOT.glob("deploy/kubernetes/overlays/*/kustomization.yaml"))
CHART = ROOT / "deploy/helm/projectvote"
MODES = ["run", "initContainer", "job"]
# What scripts/lib/kubernetes.sh has put there: kubectl, helm and node modules.
TOOLS = pathlib.Path(os.environ.get("PGE_TOOLS", "/nowhere"))
CLIENTS = TOOLS / "kubernetes-clients"


def objects(text):
    return [document for document in yaml.safe_load_all(text) if document]


def kustomize_command():
    if shutil.which("kustomize"):
        return ["kustomize", "build"]
    kubectl = shutil.which("kubectl") or CLIENTS / "kubectl"
    return [str(kubectl), "kustomize"]


def build(directory):
    done = subprocess.run([*kustomize_command(), str(directory)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return objects(done.stdout)


def overlay(name):
    return build(ROOT / "deploy/kubernetes/overlays" / name)


def helm(*arguments, check=True):
    done = subprocess.run([str(CLIENTS / "helm"), *map(str, arguments)], capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, done.stderr
    return done


def chart(mode):
    return objects(helm("template", "votes", CHART, "--namespace", "projectvote", "--set", f"migrate={mode}").stdout)


def of_kind(documents, kind):
    return [document for document in documents if document["kind"] == kind]


def pods(documents):
    """Name of the workload and specification of its pods."""
    for document in documents:
        if document["kind"] in ("Deployment", "Job"):
            yield document["metadata"]["name"], document["spec"]["template"]["spec"]


def containers(pod):
    return pod.get("initContainers", []) + pod["containers"]


def container(documents, name):
    """The container of that name, in whichever pod it is; None if there is none."""
    found = [one for _, pod in pods(documents) for one in containers(pod) if one["name"] == name]
    return found[0] if found else None


def environment(one):
    return {variable["name"]: variable.get("value") for variable in one.get("env", [])}


def ours(documents):
    """Pod and container of everything that runs pg-entrypoint."""
    return [(pod, one) for _, pod in pods(documents) for one in containers(pod) if one.get("command", [""])[0] == "pg-entrypoint"]
