"""Servers that are not there yet, that refuse, and that hang."""

import contextlib
import functools
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@functools.cache
def major_of(program):
    """The major version of a PostgreSQL program in PATH."""
    said = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    return int(re.search(r"\(PostgreSQL\) (\d+)", said)[1])


def needs(client):
    """A mark for tests that use this client program: pg_dump and pg_basebackup refuse a server that is newer than they."""
    mine, server = major_of(client), major_of("postgres")
    return pytest.mark.skipif(mine < server, reason=f"{client} {mine} refuses a server of version {server}")


class Cluster:
    """A PostgreSQL of its own, trusting everybody on the loopback. within: a command that runs another one elsewhere."""

    def __init__(self, options=(), source=None, within=()):
        self.within = list(within)
        self.port = free_port()
        self.data = pathlib.Path("/tmp") / f"pge-cluster-{os.getpid()}-{self.port}"
        self.log = self.data.parent / f"{self.data.name}.log"
        self.settings = ()
        if source:
            self._run("pg_basebackup", f"--dbname={source}", "--write-recovery-conf", "--checkpoint=fast", "--no-sync")
        else:
            self._run("initdb", "--auth=trust", "--username=postgres", "--no-sync", "--locale=C.UTF-8", "--encoding=UTF8", *options)

    @property
    def url(self):
        return self.url_of("postgres", "postgres")

    def standby(self):
        """A copy of this running one that follows it, once it is started."""
        return Cluster(source=self.url)

    def start(self, *settings):
        """settings: name=value."""
        self.settings = settings
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        options += "".join(f" -c {setting}" for setting in settings)
        self._run("pg_ctl", "--silent", "--wait", f"--log={self.log}", f"--options={options}", "start")

    def kill(self):
        """SIGKILL for the postmaster; its children notice and end."""
        postmaster = int((self.data / "postmaster.pid").read_text(encoding="ascii").split()[0])
        os.kill(postmaster, signal.SIGKILL)

    def start_again(self, timeout=20):
        """After a kill, or when it has gone down by itself: the new postmaster refuses until the last child of the old one has ended."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                return self.start(*self.settings)
            except subprocess.CalledProcessError:
                assert time.monotonic() < deadline, self.log.read_text(encoding="utf-8", errors="replace")[-2000:]
                time.sleep(0.1)

    def url_of(self, user, database):
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def promote(self):
        self._run("pg_ctl", "--silent", "--wait", "promote")

    def stop(self):
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "--silent", "--mode=immediate", "stop")
        shutil.rmtree(self.data, ignore_errors=True)
        self.log.unlink(missing_ok=True)

    def _run(self, program, *arguments):
        owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] if os.getuid() == 0 else []
        subprocess.run([*self.within, *owner, program, f"--pgdata={self.data}", *arguments], check=True, cwd="/",
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)


@contextlib.contextmanager
def silent_server():
    """Accepts connections and never answers; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]
