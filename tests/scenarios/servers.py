"""Servers that are not there yet, that refuse, and that hang."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

from fault_proxy import error_response


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Cluster:
    """A PostgreSQL of its own, trusting everybody on the loopback."""

    def __init__(self, options=(), source=None):
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
        subprocess.run([*owner, program, f"--pgdata={self.data}", *arguments], check=True, cwd="/",
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)


class Refusing:
    """Refuses logins with an error of the server's, until it is told to let them through to the real one."""

    def __init__(self, sqlstate, message, target, listener=None):
        self.sqlstate, self.message, self.target = sqlstate, message, target
        self.refuse, self.refused = True, 0
        self.before_refusal = lambda: None
        self.socket = listener or socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _serve(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client):
        with client, contextlib.suppress(OSError):
            if not self.refuse:
                return self._pass_on(client)
            while True:
                length, code = struct.unpack("!II", client.recv(8, socket.MSG_WAITALL))
                client.recv(length - 8, socket.MSG_WAITALL)
                if code >> 16 == 3:
                    break
                client.sendall(b"N")  # no TLS, no GSSAPI
            self.before_refusal()
            client.sendall(error_response("FATAL", self.sqlstate, self.message))
            self.refused += 1

    def _pass_on(self, client):
        with socket.create_connection(self.target) as server:
            back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
            back.start()
            self._copy(client, server)
            back.join(5)

    @staticmethod
    def _copy(source, sink):
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def silent_server():
    """Accepts connections and never answers; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]
