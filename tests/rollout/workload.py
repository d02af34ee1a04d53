"""What a Deployment's manifest says to a kubelet: commands, probes, preStop and grace, read from deploy/ as kustomize builds it."""

import copy
from dataclasses import dataclass, replace

import documents


@dataclass(frozen=True)
class Probe:
    command: tuple
    period: float
    timeout: float
    failures: int
    delay: float

    @classmethod
    def read(cls, text):
        assert "exec" in text, f"only probes by exec are played: {text}"
        return cls(command=tuple(text["exec"]["command"]), period=text.get("periodSeconds", 10), timeout=text.get("timeoutSeconds", 1),
                   failures=text.get("failureThreshold", 3), delay=text.get("initialDelaySeconds", 0))


@dataclass(frozen=True)
class Container:
    command: tuple
    environment: dict
    mounts: dict             # of volumes: name and path
    user: int
    startup: Probe | None
    readiness: Probe | None
    liveness: Probe | None
    pre_stop: float

    @classmethod
    def read(cls, text, pod):
        context = pod.get("securityContext", {}) | text.get("securityContext", {})
        hook = text.get("lifecycle", {}).get("preStop", {})
        assert not hook or "sleep" in hook, f"only a preStop by sleep is played: {hook}"
        probes = {kind: Probe.read(text[f"{kind}Probe"]) if f"{kind}Probe" in text else None
                  for kind in ("startup", "readiness", "liveness")}
        return cls(command=tuple(text.get("command", []) + text.get("args", [])),
                   environment={one["name"]: one["value"] for one in text.get("env", [])},
                   mounts={one["name"]: one["mountPath"] for one in text.get("volumeMounts", [])},
                   user=context["runAsUser"], pre_stop=hook.get("sleep", {}).get("seconds", 0), **probes)


@dataclass(frozen=True)
class Workload:
    replicas: int
    surge: int
    unavailable: int
    grace: float
    deadline: float
    before: tuple            # init containers
    main: Container

    @classmethod
    def read(cls, overlay):
        (deployment,) = documents.of_kind(documents.overlay(overlay), "Deployment")
        spec = deployment["spec"]
        pod = copy.deepcopy(spec["template"]["spec"])
        update = spec["strategy"]["rollingUpdate"]
        (main,) = pod["containers"]
        return cls(replicas=spec["replicas"], surge=update["maxSurge"], unavailable=update["maxUnavailable"],
                   grace=pod["terminationGracePeriodSeconds"], deadline=spec["progressDeadlineSeconds"],
                   before=tuple(Container.read(one, pod) for one in pod.get("initContainers", [])), main=Container.read(main, pod))

    def without_pre_stop(self):
        return replace(self, main=replace(self.main, pre_stop=0))

    def scaled(self, replicas):
        return replace(self, replicas=replicas)
