"""PgBouncer or pgpool-II in front of a server, and an application that uses it meanwhile."""

import contextlib
import os
import pathlib
import random
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

import psycopg

from background import Background
from runner import until
from servers import free_port


class Proxy:
    """A pooler's process, with its files in a directory of its own. The server trusts everybody, and so does it."""

    def __init__(self, server_port, mode):
        self.port, self.mode = free_port(), mode
        self.directory = pathlib.Path("/tmp") / f"pge-pooler-{os.getpid()}-{self.port}"
        self.directory.mkdir(mode=0o755)
        self.log = open(self.directory / "log", "wb")
        self.owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] if os.getuid() == 0 else []
        if self.owner:
            shutil.chown(self.directory, "postgres")
        self.process = subprocess.Popen([*self.owner, *self.configure(server_port)], cwd="/", stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log, start_new_session=True)

    def configure(self, server_port):
        """Writes the files and returns the command."""
        raise NotImplementedError

    def __enter__(self):
        def answers():
            assert self.process.poll() is None, (self.directory / "log").read_text(encoding="utf-8")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return True
            return False
        until(answers, what=type(self).__name__)
        return self

    def __exit__(self, *_):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.directory)

    def url(self, database, user="owner", port=None):
        return f"postgresql://{user}@127.0.0.1:{port or self.port}/{database}"

    def connect(self, database, user="owner"):
        # A prepared statement would be looked for in another server process.
        return psycopg.connect(self.url(database, user), autocommit=True, connect_timeout=5, prepare_threshold=None)


class Pooler(Proxy):
    """One PgBouncer in `mode`: session, transaction or statement."""

    def __init__(self, server_port, mode, size=4, **settings):
        self.settings = {"pool_mode": mode, "default_pool_size": size} | settings
        super().__init__(server_port, mode)

    def configure(self, server_port):
        users = self.directory / "users.txt"
        users.write_text("".join(f'"{name}" ""\n' for name in ("owner", "postgres")), encoding="utf-8")
        settings = {"listen_addr": "127.0.0.1", "listen_port": self.port, "unix_socket_dir": "", "auth_type": "trust",
                    "auth_file": users, "max_client_conn": 200, "ignore_startup_parameters": "extra_float_digits",
                    "server_reset_query": "DISCARD ALL", "server_login_retry": 0.1} | self.settings
        text = f"[databases]\n* = host=127.0.0.1 port={server_port}\n[pgbouncer]\n"
        text += "".join(f"{name} = {value}\n" for name, value in settings.items())
        (self.directory / "pgbouncer.ini").write_text(text, encoding="utf-8")
        return ["pgbouncer", str(self.directory / "pgbouncer.ini")]


class PgPool(Proxy):
    """One pgpool-II. A client keeps its server connection until it leaves; then this is reset and kept for the next one."""

    CHILDREN = 40

    def __init__(self, server_port):
        super().__init__(server_port, "pgpool")

    def configure(self, server_port):
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.directory,
                    "pcp_listen_addresses": "127.0.0.1", "pcp_port": free_port(), "pcp_socket_dir": self.directory,
                    "backend_clustering_mode": "raw", "backend_hostname0": "127.0.0.1", "backend_port0": server_port,
                    "backend_weight0": 1, "backend_flag0": "DISALLOW_TO_FAILOVER", "failover_on_backend_error": "off",
                    "num_init_children": self.CHILDREN, "max_pool": 1, "connection_cache": "on", "load_balance_mode": "off",
                    "enable_pool_hba": "off", "pool_passwd": "", "sr_check_period": 0, "health_check_period": 0,
                    "pid_file_name": self.directory / "pid", "logdir": self.directory, "work_dir": self.directory,
                    "reset_query_list": "ABORT; DISCARD ALL"}
        text = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
        for name, content in (("pgpool.conf", text), ("pcp.conf", ""), ("pool_hba.conf", "")):
            (self.directory / name).write_text(content, encoding="utf-8")
        files = [str(self.directory / name) for name in ("pgpool.conf", "pcp.conf", "pool_hba.conf")]
        return ["/usr/sbin/pgpool", "-n", "-f", files[0], "-F", files[1], "-a", files[2]]


class Traffic(Background):
    """Clients of the application: short transactions through the pooler, so that ours land on changing server
    connections. In statement mode there are statements only."""

    def __init__(self, pooler, database, clients=3, seed=0):
        self.pooler, self.database, self.ended, self.done = pooler, database, threading.Event(), 0
        self.threads = [threading.Thread(target=self._run, args=(random.Random(seed + n),), daemon=True)
                        for n in range(clients)]

    def _run(self, dice):
        while not self.ended.is_set():
            with contextlib.suppress(psycopg.Error), self.pooler.connect(self.database) as connection:
                while not self.ended.is_set():
                    one = contextlib.nullcontext() if self.pooler.mode == "statement" else connection.transaction()
                    with one:
                        connection.execute(f"select pg_sleep({dice.uniform(0, 0.01)})")
                    self.done += 1
                    if self.pooler.mode in ("session", "pgpool"):
                        break  # or the others would never get a server connection
                    time.sleep(dice.uniform(0, 0.005))
            time.sleep(0.01)


class Disguise:
    """A proxy in front of a pooler with one server connection. It hands out the server's own key for cancelling, as a
    pooler would that does not show itself."""

    def __init__(self, pooler, backend_pid):
        self.target, self.pid = ("127.0.0.1", pooler.port), backend_pid
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.accepted = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self.accepted += 1
                server = socket.create_connection(self.target)
                for pump in ((client, server, False), (server, client, True)):
                    threading.Thread(target=self._pump, args=pump, daemon=True).start()

    def _pump(self, source, sink, disguised):
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                key = b"K" + struct.pack("!I", 12)
                at = piece.find(key) if disguised else -1
                if at >= 0:
                    piece = piece[:at + 5] + struct.pack("!I", self.pid) + piece[at + 9:]
                sink.sendall(piece)
        for side in (source, sink):
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
