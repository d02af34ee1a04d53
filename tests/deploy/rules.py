"""What was wrong in manifests on a real cluster, as rules. Each gives one sentence for each thing that it finds."""

import re

from documents import ROOT, container, containers, environment, of_kind, ours, pods

# Seconds that a rollout must leave the longest migration, besides waiting for database and lock.
MIGRATION = 1800
# What Pod Security "baseline" lets a container add, and which volumes "restricted" knows.
BASELINE_CAPABILITIES = {"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
                         "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"}
RESTRICTED_VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
HOST = ["hostNetwork", "hostPID", "hostIPC"]
STANDARD_LABELS = {"app.kubernetes.io/name", "app.kubernetes.io/part-of", "app.kubernetes.io/component"}


def security_level(documents):
    (level,) = {namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
                for namespace in of_kind(documents, "Namespace")} or {"restricted"}
    return level


def pod_security(documents):
    """A namespace refuses pods that do not meet its level, and the Deployment only shows 0/3."""
    level = security_level(documents)
    for name, pod in pods(documents):
        if any(pod.get(key) for key in HOST) or any("hostPath" in volume for volume in pod.get("volumes", [])):
            yield f"{name}: uses the node's namespaces or files"
        for volume in pod.get("volumes", []):
            if level == "restricted" and not set(volume) - {"name"} <= RESTRICTED_VOLUMES:
                yield f"{name}: the volume {volume['name']} is of a kind that restricted refuses"
        for one in containers(pod):
            yield from (f"{name}/{one['name']}: {problem}" for problem in container_security(level, pod, one))


def container_security(level, pod, one):
    shared, own = pod.get("securityContext", {}), one.get("securityContext", {})
    effective = {**shared, **own}
    added = set(own.get("capabilities", {}).get("add", []))
    if own.get("privileged") or not added <= BASELINE_CAPABILITIES:
        yield "privileged, or capabilities that baseline refuses"
    if effective.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
        yield "no seccompProfile"
    if own.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation is not false"
    if "ALL" not in own.get("capabilities", {}).get("drop", []):
        yield "does not drop all capabilities"
    if own.get("readOnlyRootFilesystem") is not True:
        yield "the root file system can be written"
    if level == "restricted":
        if effective.get("runAsNonRoot") is not True or effective.get("runAsUser") == 0:
            yield "may run as root"
        if added - {"NET_BIND_SERVICE"}:
            yield "adds capabilities"


def image_tags(documents):
    """Without a tag, or with latest, the pull policy is Always, and an image that was loaded onto the node is not found."""
    for name, pod in pods(documents):
        for one in containers(pod):
            tag = one["image"].rpartition("/")[2].partition(":")[2]
            if tag in ("", "latest") or one.get("imagePullPolicy", "IfNotPresent") == "Always":
                yield f"{name}/{one['name']}: the image {one['image']} is always pulled"


def object_names(documents):
    """kubectl apply and kustomize need a name; two objects of one name are one."""
    seen = set()
    for document in documents:
        metadata = document["metadata"]
        if "generateName" in metadata or "name" not in metadata:
            yield f"{document['kind']}: has no name of its own"
            continue
        if any(key.startswith("helm.sh/hook") for key in metadata.get("annotations", {})):
            yield f"{metadata['name']}: a hook, which has Helm's time limit"
        key = document["kind"], metadata["name"]
        if key in seen:
            yield f"{key[0]} {key[1]}: there are two"
        seen.add(key)


def patient_probes(documents):
    """A probe that fails while the entrypoint migrates stops it, and the migration begins anew for ever."""
    for one in app_containers(documents):
        for probe in ("startupProbe", "livenessProbe"):
            if one.get(probe, {}).get("exec", {}).get("command") != ["pg-entrypoint", "healthcheck", "--live"]:
                yield f"{probe}: not healthcheck --live"
        ready = one.get("readinessProbe", {}).get("exec", {}).get("command", [])
        if ready[:3] != ["pg-entrypoint", "healthcheck", "--ready"] or not {"--http", "--tcp"} & set(ready):
            yield "readinessProbe: not healthcheck --ready with --http or --tcp"


def app_containers(documents):
    return [one for deployment in of_kind(documents, "Deployment") for one in deployment["spec"]["template"]["spec"]["containers"]]


def default_of(flag):
    """Seconds, as the manual page says."""
    page = (ROOT / "docs/pg-entrypoint.1.scd").read_text()
    number, unit = re.search(rf"^\*{flag}\* .*?Default: (\d+)([smh])$", page, re.M | re.S).groups()
    return int(number) * {"s": 1, "m": 60, "h": 3600}[unit]


def rollout_deadline(documents):
    """A rollout must not be reported as failed while a new pod waits, or migrates, as it may."""
    waits = container(documents, "wait-for-migrations")
    for deployment in of_kind(documents, "Deployment"):
        given = deployment["spec"].get("progressDeadlineSeconds", 600)
        least = default_of("--wait-timeout") + default_of("--advisory-lock-timeout") + MIGRATION
        if waits:
            least = max([least] + [job["spec"]["activeDeadlineSeconds"] + 60 for job in of_kind(documents, "Job")])
        if given < least:
            yield f"progressDeadlineSeconds is {given}, and a new pod may wait for {least} s"


def lasting_data(documents):
    """What is stored must outlive the pods and be the same for all replicas."""
    for name, pod in pods(documents):
        volumes = {volume["name"]: volume for volume in pod.get("volumes", [])}
        for one in containers(pod):
            for mount in one.get("volumeMounts", []):
                if "emptyDir" in volumes[mount["name"]] and mount["mountPath"] != "/tmp":
                    yield f"{name}: {mount['mountPath']} is lost with its pod"


def gentle_stop(documents):
    """Requests still arrive while the pod leaves the Service's endpoints."""
    for deployment in of_kind(documents, "Deployment"):
        pod = deployment["spec"]["template"]["spec"]
        for one in pod["containers"]:
            pause = one.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
            if pause < 5:
                yield f"{one['name']}: preStop does not sleep for 5 s"
            if pod.get("terminationGracePeriodSeconds", 30) < pause + 15:
                yield f"{one['name']}: the grace period leaves the server less than 15 s"
        rolling = deployment["spec"].get("strategy", {}).get("rollingUpdate", {})
        if rolling.get("maxUnavailable") != 0:
            yield "a rolling update stops a pod before the next one is ready"


def permanent_codes():
    """The exit codes for which README says that no retry helps."""
    rows = re.findall(r"^\| ([\d, ]+) \| .* \| no \|$", (ROOT / "README.md").read_text(), re.M)
    return sorted(int(code) for row in rows for code in row.split(","))


def job_policy(documents):
    """A drained Job is retried, a bad migration fails at once; roles that arrive late do not fail it."""
    for job in of_kind(documents, "Job"):
        spec = job["spec"]
        rules = spec.get("podFailurePolicy", {}).get("rules", [])
        if [rule["action"] for rule in rules] != ["Ignore", "FailJob"] or rules[0].get("onPodConditions") != [{"type": "DisruptionTarget"}]:
            yield "the first rule does not ignore disruptions"
        codes = [code for rule in rules for code in rule.get("onExitCodes", {}).get("values", [])]
        if codes != permanent_codes():
            yield f"fails for {codes}, not {permanent_codes()}"
        if spec["template"]["spec"].get("restartPolicy") != "Never":
            yield "podFailurePolicy needs restartPolicy Never"
        if spec.get("activeDeadlineSeconds", 0) < 2 * 3600:
            yield "activeDeadlineSeconds ends an hour's migration"
        annotations = job["metadata"].get("annotations", {})
        if ("ttlSecondsAfterFinished" in spec) == ("argocd.argoproj.io/hook" in annotations):
            yield "is not deleted, or is deleted twice"
        for one in spec["template"]["spec"]["containers"]:
            given = environment(one)
            if not re.fullmatch(r"\d+m", given.get("PG_ENTRYPOINT_LOGIN_GRACE") or ""):
                yield "a role that arrives late is 77 after ten seconds"


def secret_files(documents):
    """A URL in a variable is shown by kubectl describe; the owner's is not for the application."""
    for name, pod in pods(documents):
        for one in containers(pod):
            for variable in one.get("env", []):
                if "secretKeyRef" in variable.get("valueFrom", {}) or "://" in (variable.get("value") or ""):
                    yield f"{name}/{one['name']}: {variable['name']} is no file"
    for one in app_containers(documents):
        if any(mount["name"] == "owner" for mount in one.get("volumeMounts", [])):
            yield "the application sees the owner's secret"


def housekeeping(documents):
    """What each pod and each object should have."""
    for name, pod in pods(documents):
        if pod.get("enableServiceLinks") is not False:
            yield f"{name}: service links put variables of other Services into the environment"
        if pod.get("automountServiceAccountToken") is not False:
            yield f"{name}: has a token for the API"
        for one in containers(pod):
            resources = one.get("resources", {})
            if not {"cpu", "memory"} <= set(resources.get("requests", {})) or "memory" not in resources.get("limits", {}):
                yield f"{name}/{one['name']}: no resources"
            if one.get("terminationMessagePolicy") != "FallbackToLogsOnError":
                yield f"{name}/{one['name']}: terminationMessagePolicy is not FallbackToLogsOnError"
    for pod, one in ours(documents):
        if environment(one).get("PG_ENTRYPOINT_LOG_FORMAT") != "json":
            yield f"{one['name']}: does not log JSON"
    for document in documents:
        labels = set(document["metadata"].get("labels", {}))
        if document["kind"] not in ("Namespace", "Deployment") and not STANDARD_LABELS <= labels:
            yield f"{document['kind']} {document['metadata'].get('name')}: standard labels are missing"


def reachable(documents):
    """Service and PodDisruptionBudget mean the Deployment's pods, and no others."""
    templates = {document["metadata"].get("name"): document["spec"]["template"] for document in documents if document["kind"] in ("Deployment", "Job")}
    deployments = {deployment["metadata"]["name"] for deployment in of_kind(documents, "Deployment")}
    selectors = [("Service", service["spec"]["selector"]) for service in of_kind(documents, "Service")]
    for kind in ("PodDisruptionBudget", "Deployment"):
        selectors += [(kind, document["spec"]["selector"]["matchLabels"]) for document in of_kind(documents, kind)]
    if [kind for kind, _ in selectors] != ["Service", "PodDisruptionBudget", "Deployment"]:
        yield "not one Service, one PodDisruptionBudget and one Deployment"
    for kind, selector in selectors:
        chosen = {name for name, template in templates.items() if selector.items() <= template["metadata"]["labels"].items()}
        if chosen != deployments:
            yield f"{kind}: means the pods of {sorted(chosen, key=str)}"
    for service in of_kind(documents, "Service"):
        if service["metadata"]["name"].startswith("pg-entrypoint"):
            yield "Service: its variables look like options of the entrypoint"
        ports = {port["name"] for one in app_containers(documents) for port in one.get("ports", [])}
        if not {port["targetPort"] for port in service["spec"]["ports"]} <= ports:
            yield "Service: no container has its port"


RULES = [pod_security, image_tags, object_names, patient_probes, rollout_deadline, lasting_data, gentle_stop, job_policy,
         secret_files, housekeeping, reachable]
