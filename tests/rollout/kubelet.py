"""Plays the kubelet for pods that are real processes: each has its own PID, mount and network namespace on a bridge of the test's.

A pod starts, is probed, and is stopped as its manifest says: preStop, SIGTERM to process 1, and SIGKILL when the grace is over.
Not played: images (the release's files are mounted), limits, capabilities beside "drop ALL", a read-only root, restarts. A
container that ends by itself is a failed start.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import threading
import time

from runner import children_of, until

# Waits until the network is there, then puts the volumes in place. $1: lines "SOURCE TARGET".
SETUP = """
read -r go && echo "$1" | while read -r source target; do mount --bind "$source" "$target" || exit; done || exit
user=$2; shift 2; cd /app
exec setpriv --reuid="$user" --regid="$user" --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs -- "$@"
"""


class Volumes:
    """What a release's pods have mounted: the application, its migrations, and the manifest's volumes."""

    def __init__(self, directory, contents):
        self.directory, self.contents = directory, contents   # of volumes: name and directory
        for target in ("/app", "/migrations"):
            pathlib.Path(target).mkdir(exist_ok=True)

    def lines(self, container, release):
        mounts = [(release.application, "/app"), (release.migrations, "/migrations")]
        for name, path in container.mounts.items():
            if name in self.contents:
                if not path.startswith("/app/"):
                    pathlib.Path(path).mkdir(parents=True, exist_ok=True)
                mounts.append((self.contents[name], path))
        return "\n".join(f"{source} {target}" for source, target in mounts)


class Process:
    """One container: process 1 of its own namespaces."""

    def __init__(self, container, release, volumes, network, log):
        environment = {"PATH": f"{release.programs}:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/tmp"}
        with open(log, "ab") as output:
            self.outer = subprocess.Popen(
                ["unshare", "--net", "--pid", "--mount", "--fork", "--kill-child", "--mount-proc", "sh", "-c", SETUP, "sh",
                 volumes.lines(container, release), str(container.user), *container.command],
                env=environment | container.environment, stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True)
        self.pid = until(lambda: children_of(self.outer.pid), what="process 1")[0]
        self.address = network.join(self.pid)
        self.environment = environment | container.environment
        self.outer.stdin.write(b"go\n")
        self.outer.stdin.close()
        self.user = container.user

    def code(self):
        return self.outer.poll()

    def run(self, command, timeout):
        """As `kubectl exec`; nothing when it does not end in time."""
        inside = ["nsenter", f"--target={self.pid}", "--pid", "--mount", "--net", "--", "setpriv", f"--reuid={self.user}",
                  f"--regid={self.user}", "--clear-groups", "--"]
        try:
            return subprocess.run([*inside, *command], env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, timeout=timeout, check=False).returncode
        except subprocess.TimeoutExpired:
            return None

    def signal(self, number):
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            pass


class Pod:
    def __init__(self, name, workload, release, volumes, network):
        self.name, self.workload, self.release, self.volumes, self.network = name, workload, release, volumes, network
        self.log = volumes.directory / f"{name}.log"
        self.ready = self.terminating = self.gone = False
        self.failure = None
        self.process, self.code, self.address = None, None, None
        self.stopped = threading.Event()
        threading.Thread(target=self._live, daemon=True).start()

    def output(self):
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def _live(self):
        try:
            for container in self.workload.before:
                before = Process(container, self.release, self.volumes, self.network, self.log)
                if before.outer.wait() != 0:
                    raise RuntimeError(f"an init container has exited with {before.code()}")
            main = self.workload.main
            self.process = Process(main, self.release, self.volumes, self.network, self.log)
            self.address = self.process.address
            if main.startup and not self._passes(main.startup, until_it_does=True):
                raise RuntimeError("the startup probe has failed")
            threading.Thread(target=self._watch, args=(main.liveness,), daemon=True).start()
            self._probe_readiness(main.readiness)
        except Exception as error:  # noqa: BLE001
            self._fail(str(error))

    def _fail(self, why):
        if not self.terminating:
            self.failure, self.ready = f"{self.name}: {why}\n{self.output()}", False

    def _passes(self, probe, until_it_does=False):
        """Whether the probe succeeds before it has failed as often as is allowed."""
        for _ in range(probe.failures):
            if self.process.code() is not None:
                raise RuntimeError(f"the container has exited with {self.process.code()}")
            if self.process.run(probe.command, probe.timeout) == 0:
                return True
            if self.stopped.wait(probe.period):
                return until_it_does
        return False

    def _probe_readiness(self, probe):
        failed = 0
        while not self.stopped.is_set():
            if self.process.code() is not None:
                return self._fail(f"the container has exited with {self.process.code()}")
            if self.process.run(probe.command, probe.timeout) == 0:
                failed, self.ready = 0, not self.terminating
            else:
                failed += 1
                if failed >= probe.failures:
                    self.ready = False
            self.stopped.wait(probe.period)

    def _watch(self, probe):
        while not self.stopped.wait(probe.period):
            if not self._passes(probe):
                return self._fail("the liveness probe has failed")

    def delete(self):
        """The pod is terminating: the Service learns of it, and the kubelet runs preStop, at the same time."""
        self.terminating, self.ready = True, False
        threading.Thread(target=self._end, daemon=True).start()

    def _end(self):
        deadline = time.monotonic() + self.workload.grace
        time.sleep(self.workload.main.pre_stop)
        self.process.signal(signal.SIGTERM)
        try:
            self.code = self.process.outer.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.signal(signal.SIGKILL)
            self.code = self.process.outer.wait(10)
        self.stopped.set()
        self.gone = True

    def kill(self):
        self.terminating = True
        self.stopped.set()
        if self.process:
            self.process.outer.kill()
            self.process.outer.wait(10)


def prepare_release(directory, name, root, files, binary):
    """The files of an image: the example application and those migrations that this release has."""
    release = Release(name, directory / name / "app", directory / name / "migrations", directory / name / "bin")
    for one in (release.application, release.migrations, release.programs):
        one.mkdir(parents=True)
    for source in ("app.py", "models.py"):
        shutil.copy(root / "examples/projectvote" / source, release.application)
    (release.application / "data").mkdir()
    for file in files:
        shutil.copy(root / "migrations" / file, release.migrations)
    shutil.copy(binary, release.programs / "pg-entrypoint")
    return release


class Release:
    def __init__(self, name, application, migrations, programs):
        self.name, self.application, self.migrations, self.programs = name, application, migrations, programs
