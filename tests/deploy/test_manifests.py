"""The manifests of deploy/ have none of the mistakes that were found on a real cluster, and each rule finds its mistake."""

import copy
import functools
import re
import shutil

import pytest

import rules
from documents import CLIENTS, MODES, OVERLAYS, ROOT, build, chart, container, containers, environment, of_kind, ours, overlay, pods

VARIANTS = OVERLAYS + [f"chart:{mode}" for mode in MODES]


@functools.cache
def built(variant):
    name, _, mode = variant.partition(":")
    if not mode:
        return overlay(name)
    if not (CLIENTS / "helm").exists():
        pytest.skip("no helm: the npm registry did not give it")
    return chart(mode)


def test_all_six_variants_are_there():
    assert OVERLAYS == ["argo-cd", "init-container", "job", "proxy", "root", "run"]


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("variant", VARIANTS)
def test_the_rule_holds(variant, rule):
    assert list(rule(built(variant))) == []


def deployment(documents):
    return of_kind(documents, "Deployment")[0]


def app(documents):
    return deployment(documents)["spec"]["template"]["spec"]["containers"][0]


def job(documents):
    return of_kind(documents, "Job")[0]


def without(holder, key):
    del holder[key]


def emptied(documents):
    (volume,) = [volume for volume in deployment(documents)["spec"]["template"]["spec"]["volumes"] if volume["name"] == "attachments"]
    del volume["persistentVolumeClaim"]
    volume["emptyDir"] = {}


# The mistakes, as they were in the first three manifests or as somebody could make them. Each belongs to the variant "job".
MISTAKES = {
    "no seccompProfile": (rules.pod_security, lambda d: [without(pod["securityContext"], "seccompProfile") for _, pod in pods(d)]),
    "a start as root": (rules.pod_security, lambda d: app(d)["securityContext"].update(runAsUser=0)),
    "a capability": (rules.pod_security, lambda d: app(d)["securityContext"]["capabilities"].update(add=["CHOWN"])),
    "an escalation": (rules.pod_security, lambda d: without(app(d)["securityContext"], "allowPrivilegeEscalation")),
    "all capabilities": (rules.pod_security, lambda d: without(app(d)["securityContext"], "capabilities")),
    "a path of the node": (rules.pod_security, lambda d: deployment(d)["spec"]["template"]["spec"]["volumes"].append(
        {"name": "node", "hostPath": {"path": "/"}})),
    "no tag": (rules.image_tags, lambda d: app(d).update(image="pg-entrypoint/projectvote")),
    "a registry with a port and no tag": (rules.image_tags, lambda d: app(d).update(image="registry:5000/projectvote")),
    "latest": (rules.image_tags, lambda d: app(d).update(image="pg-entrypoint/projectvote:latest")),
    "generateName": (rules.object_names, lambda d: job(d)["metadata"].update(generateName="projectvote-migrate-")),
    "two Deployments": (rules.object_names, lambda d: d.append(deployment(d))),
    "a hook of Helm": (rules.object_names, lambda d: job(d)["metadata"].update(annotations={"helm.sh/hook": "pre-upgrade"})),
    "a probe of the server at the start": (rules.patient_probes, lambda d: app(d).update(
        startupProbe={"httpGet": {"path": "/health", "port": 8000}, "periodSeconds": 5, "failureThreshold": 240})),
    "a liveness probe that asks whether it serves": (rules.patient_probes, lambda d: app(d).update(
        livenessProbe={"exec": {"command": ["pg-entrypoint", "healthcheck"]}})),
    "a ready container that was only spawned": (rules.patient_probes, lambda d: app(d).update(
        readinessProbe={"exec": {"command": ["pg-entrypoint", "healthcheck", "--ready"]}})),
    "the default deadline": (rules.rollout_deadline, lambda d: without(deployment(d)["spec"], "progressDeadlineSeconds")),
    "a deadline before the Job's": (rules.rollout_deadline, lambda d: deployment(d)["spec"].update(progressDeadlineSeconds=7200)),
    "attachments in an emptyDir": (rules.lasting_data, emptied),
    "no preStop": (rules.gentle_stop, lambda d: without(app(d), "lifecycle")),
    "a grace period of preStop alone": (rules.gentle_stop, lambda d: deployment(d)["spec"]["template"]["spec"].update(
        terminationGracePeriodSeconds=10)),
    "a gap in the rolling update": (rules.gentle_stop, lambda d: without(deployment(d)["spec"], "strategy")),
    "disruptions second": (rules.job_policy, lambda d: job(d)["spec"]["podFailurePolicy"]["rules"].reverse()),
    "no 126 and 127": (rules.job_policy, lambda d: job(d)["spec"]["podFailurePolicy"]["rules"][1]["onExitCodes"]["values"].remove(127)),
    "a retry for what cannot be retried": (rules.job_policy, lambda d: job(d)["spec"]["podFailurePolicy"]["rules"][1]["onExitCodes"]
                                           ["values"].append(75)),
    "an hour for all tries": (rules.job_policy, lambda d: job(d)["spec"].update(activeDeadlineSeconds=3600)),
    "a Job that stays": (rules.job_policy, lambda d: without(job(d)["spec"], "ttlSecondsAfterFinished")),
    "roles that must be there at once": (rules.job_policy, lambda d: without(container(d, "migrate"), "env")),
    "a secret in a variable": (rules.secret_files, lambda d: app(d)["env"].append(
        {"name": "DATABASE_URL", "valueFrom": {"secretKeyRef": {"name": "projectvote-database", "key": "url"}}})),
    "the owner's secret in the application": (rules.secret_files, lambda d: app(d)["volumeMounts"].append(
        {"name": "owner", "mountPath": "/run/secrets/owner"})),
    "service links": (rules.housekeeping, lambda d: without(deployment(d)["spec"]["template"]["spec"], "enableServiceLinks")),
    "a token": (rules.housekeeping, lambda d: without(deployment(d)["spec"]["template"]["spec"], "automountServiceAccountToken")),
    "no resources": (rules.housekeeping, lambda d: without(container(d, "wait-for-migrations"), "resources")),
    "no message": (rules.housekeeping, lambda d: [without(one, "terminationMessagePolicy") for _, pod in pods(d) for one in containers(pod)]),
    "logs as text": (rules.housekeeping, lambda d: without(app(d), "env")),
    "no labels": (rules.housekeeping, lambda d: without(of_kind(d, "Service")[0]["metadata"], "labels")),
    "no PodDisruptionBudget": (rules.reachable, lambda d: d.remove(of_kind(d, "PodDisruptionBudget")[0])),
    "no Service": (rules.reachable, lambda d: d.remove(of_kind(d, "Service")[0])),
    "requests to the Job": (rules.reachable, lambda d: without(of_kind(d, "Service")[0]["spec"]["selector"], "app.kubernetes.io/component")),
    "a Service of our name": (rules.reachable, lambda d: of_kind(d, "Service")[0]["metadata"].update(name="pg-entrypoint-votes")),
    "a port that nobody has": (rules.reachable, lambda d: without(app(d), "ports")),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_mistake_is_found(mistake):
    rule, make = MISTAKES[mistake]
    documents = copy.deepcopy(built("job"))
    make(documents)
    assert list(rule(documents)) != []


def test_every_rule_has_a_mistake_that_it_finds():
    assert {rule for rule, _ in MISTAKES.values()} == set(rules.RULES)


def test_only_the_root_variant_is_not_restricted_and_says_why():
    levels = {name: rules.security_level(built(name)) for name in OVERLAYS}
    assert levels == {name: "baseline" if name == "root" else "restricted" for name in OVERLAYS}
    text = (ROOT / "deploy/kubernetes/overlays/root/kustomization.yaml").read_text()
    assert "fsGroup has no effect" in text


def test_each_release_has_a_job_of_its_own():
    (name,) = [one["metadata"]["name"] for one in of_kind(built("job"), "Job")]
    image = container(built("job"), "migrate")["image"]
    assert name == "projectvote-migrate-" + image.partition(":")[2]


def test_only_images_have_to_be_set_in_an_overlay(tmp_path):
    """One entry of `images:` changes all containers of the application, and the Job's name."""
    text = (ROOT / "deploy/kubernetes/overlays/job/kustomization.yaml").read_text()
    changed = text.replace("newTag: 0.1.0", "newName: registry.test/votes, newTag: 0.2.0")
    assert changed != text
    copied = tmp_path / "kubernetes"
    shutil.copytree(ROOT / "deploy/kubernetes", copied)
    (copied / "overlays/job/kustomization.yaml").write_text(changed)
    documents = build(copied / "overlays/job")
    images = {one["image"] for _, pod in pods(documents) for one in containers(pod)}
    assert images == {"registry.test/votes:0.2.0"}
    assert job(documents)["metadata"]["name"] == "projectvote-migrate-0.2.0"


def test_argo_cd_migrates_between_the_volume_and_the_deployment():
    waves = {one["kind"]: one["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave", "0") for one in built("argo-cd")}
    assert waves["Namespace"] == waves["PersistentVolumeClaim"] == "-2"
    assert (waves["Job"], waves["Deployment"]) == ("-1", "0")
    annotations = job(built("argo-cd"))["metadata"]["annotations"]
    assert annotations["argocd.argoproj.io/hook"] == "Sync"
    assert annotations["argocd.argoproj.io/hook-delete-policy"] == "BeforeHookCreation"


def test_the_proxy_runs_before_the_migration_and_beside_the_application():
    first, second = deployment(built("proxy"))["spec"]["template"]["spec"]["initContainers"]
    assert (first["name"], first["restartPolicy"], second["name"]) == ("database-proxy", "Always", "migrate")
    # Without it the migration would start before the proxy listens.
    assert "startupProbe" in first


MANUAL = (ROOT / "docs/pg-entrypoint.1.scd").read_text()


def unknown_words(documents):
    """Options and variables that the manual page does not have."""
    for _, one in ours(documents):
        command = one["command"][1:one["command"].index("--")] if "--" in one["command"] else one["command"][1:]
        probes = [one[probe]["exec"]["command"] for probe in ("startupProbe", "livenessProbe", "readinessProbe") if probe in one]
        words = [word for line in [command, *probes] for word in line if word.startswith("--")]
        words += [name for name in environment(one) if name.startswith("PG_ENTRYPOINT_")]
        yield from (word for word in words if not re.search(rf"(?<![\w-]){word}(?![\w-])", MANUAL))


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_entrypoint_has_every_option_that_is_used(variant):
    assert list(unknown_words(built(variant))) == []


def test_an_option_that_does_not_exist_is_found():
    documents = copy.deepcopy(built("job"))
    app(documents)["livenessProbe"]["exec"]["command"].append("--alive")
    app(documents)["env"].append({"name": "PG_ENTRYPOINT_MIGRATION", "value": "check"})
    assert {"--alive", "PG_ENTRYPOINT_MIGRATION"} <= set(unknown_words(documents))


@pytest.mark.parametrize("name", ["init-container", "job", "argo-cd"])
def test_who_only_looks_is_told_of_the_grant(name):
    """A role without it gets 77 and is started again and again."""
    assert "PG_ENTRYPOINT_MIGRATE" in str(built(name))
    text = (ROOT / f"deploy/kubernetes/overlays/{name}/deployment.yaml").read_text()
    assert "roles.sql once" in text


def test_a_cluster_with_one_node_gets_a_volume_that_it_can_make(tmp_path):
    shutil.copytree(ROOT / "deploy/kubernetes", tmp_path / "kubernetes")
    overlay_here = tmp_path / "kubernetes/overlays/run/kustomization.yaml"
    overlay_here.write_text(overlay_here.read_text() + "components: [../../components/single-node]\n")
    (claim,) = of_kind(build(overlay_here.parent), "PersistentVolumeClaim")
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
