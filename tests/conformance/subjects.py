"""The programs that are compared, and one run of one of them as process 1 or as somebody's child."""

import os
import shutil
import signal
import subprocess
import threading
import time
from types import SimpleNamespace

OURS = os.environ.get("PGE_BINARY", "/src/build/release/pg-entrypoint")
INIT = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": "/root"}


class Subject:
    """`options`: what each feature is asked for with; a feature that is missing there does not exist."""

    def __init__(self, name, words, options):
        self.name, self.words, self.options = name, words, options

    def argv(self, command, feature=None):
        extra = self.options[feature] if feature else []
        return [*self.words, *extra, "--", *command]


def ours():
    """As a pure init where it can be one; else with a database that has nothing to do."""
    features = subprocess.run([OURS, "--help"], capture_output=True, text=True, check=True).stdout
    words = [OURS, "--quiet", "--no-database"] if "--no-database" in features else [OURS, "--quiet", "--migrate", "off"]
    return Subject("pg-entrypoint", words, {
        "group": ["--group"], "rewrite": ["--signal", "TERM=QUIT"], "drop": ["--signal", "HUP=drop"],
        "remap": ["--success-code", "143"], "parent death": ["--parent-death-signal", "TERM"], "grace": ["--grace", "300ms"],
        "delay": ["--term-delay", "400ms"], "subreaper": [], "user": ["--user", "1234:1234"]})


SUBJECTS = [
    Subject("tini", ["tini"], {"group": ["-g"], "remap": ["-e", "143"], "parent death": ["-p", "SIGTERM"], "subreaper": ["-s"]}),
    Subject("dumb-init", ["dumb-init"], {"group": [], "rewrite": ["-r", "15:3"], "drop": ["-r", "1:0"]}),
    Subject("catatonit", ["catatonit"], {"group": ["-g"], "subreaper": []}),
    ours(),
]
PATHS = {subject.name: shutil.which(subject.words[0]) for subject in SUBJECTS}
if "PGE_TEST_URL" in os.environ:
    ENVIRONMENT["DATABASE_URL"] = os.environ["PGE_TEST_URL"]


class Run:
    """Started at once. What it writes to stdout is read while it runs."""

    def __init__(self, argv, init=True, prefix=(), within=(), **options):
        self.init = init
        words = [*within, *(INIT if init else []), *prefix, *argv]
        options = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": ENVIRONMENT} | options
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, start_new_session=True, **options)
        self.out, self.began = "", time.monotonic()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        while piece := os.read(self.process.stdout.fileno(), 65536):
            self.out += piece.decode(errors="replace")

    def wait_for(self, text, timeout=8):
        deadline = time.monotonic() + timeout
        while text not in self.out:
            if time.monotonic() > deadline or (self.process.poll() is not None and not self.reader.is_alive()):
                raise TimeoutError(f"no {text!r}: {self.out!r}")
            time.sleep(0.005)
        return self

    @property
    def pid(self):
        """Of the subject itself."""
        if not self.init:
            return self.process.pid
        return children_of(self.process.pid)[0]

    def signal(self, number):
        os.kill(self.pid, number)
        self.signalled = time.monotonic()
        return self

    def finish(self, timeout=8):
        try:
            code = self.process.wait(timeout)
            self.reader.join(1)
            return SimpleNamespace(code=code, out=self.out, seconds=time.monotonic() - getattr(self, "signalled", self.began))
        except subprocess.TimeoutExpired:
            return SimpleNamespace(code="hangs", out=self.out, seconds=timeout)
        finally:
            self.end()

    def end(self):
        if self.process.poll() is None:
            for pid in [*descendants_of(self.process.pid), self.process.pid]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.process.wait()


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except FileNotFoundError:
        return []


def descendants_of(pid):
    return [below for child in children_of(pid) for below in [child, *descendants_of(child)]]
