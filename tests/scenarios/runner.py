"""One run of the binary: what it says is read while it runs, and nothing is waited for without an end."""

import json
import os
import signal
import subprocess
import threading
import time
from types import SimpleNamespace


def until(condition, timeout=10, what="the condition"):
    """Waits until the condition holds and returns its value."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what} did not come true within {timeout} s"
        time.sleep(0.01)


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except FileNotFoundError:
        return []


def state_of(pid):
    """The letter of /proc/pid/stat: Z for a zombie; nothing when the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return None


SYN_SENT, ESTABLISHED = "02", "01"


def talks_to(run, protocol, port, state=None):
    """Whether a child of this run has a socket of this kind to the port; its network may be another one."""
    for child in children_of(run.pid):
        try:
            with open(f"/proc/{child}/net/{protocol}", encoding="ascii") as table:
                sockets = [line.split()[2:4] for line in table]
        except OSError:  # it only prepared the way, and is gone
            continue
        if any(remote.endswith(f":{port:04X}") and state in (None, found) for remote, found in sockets[1:]):
            return True
    return False


# A sanitized binary beside other work needs more than one that has the machine to itself.
PATIENCE = float(os.environ.get("PGE_PATIENCE", "20"))


class Running:
    def __init__(self, argv, environment, cwd, terminal=False, init=False):
        self.init = init
        self.started = time.monotonic()
        self.chunks = {"out": b"", "err": b""}
        self.news = threading.Condition()
        master, slave = os.openpty() if terminal else (None, None)
        self.process = subprocess.Popen(argv, env=environment, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=slave if terminal else subprocess.PIPE, start_new_session=True)
        if terminal:
            os.close(slave)
        streams = {"out": self.process.stdout.fileno(), "err": master if terminal else self.process.stderr.fileno()}
        self.readers = [threading.Thread(target=self._read, args=stream, daemon=True) for stream in streams.items()]
        for reader in self.readers:
            reader.start()

    def _read(self, name, descriptor):
        while True:
            try:
                piece = os.read(descriptor, 65536)
            except OSError:  # a terminal that nobody has open any more
                piece = b""
            with self.news:
                self.chunks[name] += piece
                self.news.notify_all()
            if not piece:
                return

    out = property(lambda self: self.chunks["out"].decode(errors="replace"))
    err = property(lambda self: self.chunks["err"].decode(errors="replace"))

    @property
    def pid(self):
        """The binary's own pid, also when it is process 1 of its namespace."""
        if not self.init:
            return self.process.pid
        return until(lambda: children_of(self.process.pid), what="the start of process 1")[0]

    def wait_for(self, text, timeout=10):
        """Until an output contains the text."""
        deadline = time.monotonic() + timeout
        with self.news:
            while text not in self.out and text not in self.err:
                left = deadline - time.monotonic()
                ended = not any(reader.is_alive() for reader in self.readers)
                assert left > 0 and not ended, f"no {text!r} within {timeout} s:\n{self.out}\n{self.err}"
                self.news.wait(min(left, 0.1))
        return self

    def signal(self, number=signal.SIGTERM):
        self.signalled = time.monotonic()
        os.kill(self.pid, number)
        return self

    def finish(self, timeout=PATIENCE):
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"no end within {timeout} s:\n{self.out}\n{self.err}") from None
        now = time.monotonic()
        for reader in self.readers:
            reader.join(5)
        assert not any(reader.is_alive() for reader in self.readers), f"an output is still open:\n{self.out}\n{self.err}"
        return SimpleNamespace(code=code, out=self.out, err=self.err, seconds=now - self.started,
                               seconds_after_signal=now - getattr(self, "signalled", now),
                               events=lambda: [json.loads(line) for line in self.err.splitlines()])

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(5)
        for reader in self.readers:
            reader.join(1)
