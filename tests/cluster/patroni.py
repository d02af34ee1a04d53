"""A real Patroni cluster: one etcd and three nodes, each a host of its own with Patroni and PostgreSQL."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import psycopg
import yaml

from bridge import GATEWAY, SUBNET, Bridge
from private_network import PrivateNetwork
from runner import until
from servers import free_port

NODES = ("a", "b", "c")
# Patroni takes no shorter ttl. It is how long a node that has vanished keeps the leader's key.
TTL = 20


def as_owner(*command):
    """Neither PostgreSQL nor Patroni runs as root."""
    owner = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] if os.getuid() == 0 else []
    return [*owner, *map(str, command)]


class Node:
    def __init__(self, cluster, name):
        self.cluster, self.name = cluster, name
        # Another port on each node, so that a filter can tell whose packets it drops.
        self.port, self.rest = 5430 + NODES.index(name), 8008
        self.directory = cluster.directory / name
        self.process = None
        self.network = cluster.resources.enter_context(PrivateNetwork())
        self.host = cluster.bridge.join(self.network.holder.pid)

    @property
    def data(self):
        return self.directory / "data"

    def configure(self):
        self.directory.mkdir(mode=0o700)
        settings = {
            "scope": "pge", "name": self.name,
            "restapi": {"listen": f"{self.host}:{self.rest}", "connect_address": f"{self.host}:{self.rest}"},
            "etcd3": {"host": f"{GATEWAY}:{self.cluster.etcd_port}"},
            "bootstrap": {
                "dcs": {
                    "ttl": TTL, "loop_wait": 1, "retry_timeout": 3, "maximum_lag_on_failover": 1 << 30,
                    "primary_start_timeout": 0, "synchronous_mode": self.cluster.synchronous,
                    "postgresql": {"use_pg_rewind": True, "use_slots": True, "parameters": {
                        "wal_log_hints": "on", "max_connections": 60, "shared_buffers": "16MB", "hot_standby_feedback": "on",
                        "client_connection_check_interval": "500ms"}}},
                "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, {"auth": "trust"}, "no-sync"],
            },
            "postgresql": {
                "listen": f"{self.host}:{self.port}", "connect_address": f"{self.host}:{self.port}",
                "data_dir": str(self.data), "pgpass": str(self.directory / "pgpass"),
                "bin_dir": str(pathlib.Path(shutil.which("initdb")).resolve().parent),
                "authentication": {"superuser": {"username": "postgres"}, "replication": {"username": "replicator"}},
                "pg_hba": [f"host all all {SUBNET}.0/24 trust", f"host replication all {SUBNET}.0/24 trust", "local all all trust"],
                "parameters": {"unix_socket_directories": str(self.directory)}},
            "watchdog": {"mode": "off"},
        }
        (self.directory / "patroni.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        self.cluster.give_away(self.directory)

    def start(self):
        log = open(self.directory / "log", "ab")  # noqa: SIM115
        self.process = subprocess.Popen([*self.network.prefix, *as_owner("patroni", self.directory / "patroni.yml")], cwd="/",
                                        stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        log.close()

    def postmaster(self):
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int((self.data / "postmaster.pid").read_text(encoding="ascii").split()[0])
        return None

    def kill_server(self):
        """SIGKILL for the postmaster: Patroni notices, and gives the leader's key away."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.postmaster(), signal.SIGKILL)

    def kill(self):
        """The whole node vanishes: Patroni first, so that it cannot tell anybody, then the server."""
        server = self.postmaster()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        if server:
            with contextlib.suppress(ProcessLookupError):
                os.kill(server, signal.SIGKILL)

    def vanished(self):
        return self.process.poll() is not None

    def renew(self):
        """The node comes back as a new one, which copies everything from the leader."""
        self.kill()
        time.sleep(0.5)
        shutil.rmtree(self.data, ignore_errors=True)
        self.start()


class Patroni:
    def __init__(self, synchronous):
        self.synchronous = synchronous
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="pge-patroni-"))
        self.directory.chmod(0o755)
        self.etcd_port, self.etcd_peers = free_port(), free_port()
        self.resources = contextlib.ExitStack()
        self.bridge = self.resources.enter_context(Bridge())
        self.nodes = {name: Node(self, name) for name in NODES}
        self.etcd = None

    def give_away(self, directory):
        if os.getuid() == 0:
            shutil.chown(directory, "postgres", "postgres")
            for path in directory.rglob("*"):
                shutil.chown(path, "postgres", "postgres")

    def __enter__(self):
        data = self.directory / "etcd"
        data.mkdir(mode=0o700)
        self.give_away(data)
        here = f"http://{GATEWAY}:{self.etcd_port}"
        peers = f"http://{GATEWAY}:{self.etcd_peers}"
        with open(self.directory / "etcd.log", "wb") as log:
            self.etcd = subprocess.Popen(
                as_owner("etcd", "--data-dir", data, "--listen-client-urls", here, "--advertise-client-urls", here,
                         "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers, "--initial-cluster",
                         f"default={peers}", "--unsafe-no-fsync"),
                cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        until(lambda: self.fetch(f"{here}/health"), 30, "etcd")
        for node in self.nodes.values():
            node.configure()
        first, *others = self.nodes.values()
        first.start()
        try:
            until(self.leader, 40, "the first leader")
        except AssertionError as error:
            log = self.logs()
            self.__exit__()
            raise AssertionError(f"{error}\n{log}") from None
        for node in others:
            node.start()
        self.settle()
        return self

    def __exit__(self, *_):
        for node in self.nodes.values():
            if node.process is not None:
                node.kill()
        self.etcd.kill()
        self.etcd.wait(10)
        self.resources.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def logs(self):
        logs = [node.directory / "log" for node in self.nodes.values()]
        return "\n".join(log.read_text(encoding="utf-8", errors="replace")[-6000:] for log in logs if log.exists())

    @staticmethod
    def fetch(url, body=None):
        """The answer, or nothing if there is none. /switchover answers when it has happened."""
        request = urllib.request.Request(url, json.dumps(body).encode() if body else None, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60 if body else 3) as answer:
                return answer.read().decode() or "yes"
        except (urllib.error.URLError, OSError):
            return None

    def members(self):
        """By name: role and state, as any living node says."""
        for node in self.nodes.values():
            said = self.fetch(f"http://{node.host}:{node.rest}/cluster")
            if said:
                return {one["name"]: (one["role"], one.get("state")) for one in json.loads(said)["members"]}
        return {}

    def leader(self):
        """The node that is the primary by what its own server says."""
        for node in self.nodes.values():
            with contextlib.suppress(psycopg.Error), psycopg.connect(self.url_of(node), connect_timeout=2) as connection:
                if connection.execute("select not pg_is_in_recovery()").fetchone()[0]:
                    return node
        return None

    def settle(self):
        """Waits until a leader and two standbys are there, in synchronous mode with a synchronous one. A node that has vanished comes
        back as a new one, and so does one that cannot follow the new primary: what it has is given up."""
        began = time.monotonic()
        given_up = set()
        for node in self.nodes.values():
            node.network.restore()

        def settled():
            members = self.members()
            well = [name for name, (role, state) in members.items() if state in ("running", "streaming")]
            late = time.monotonic() - began > 30
            for node in self.nodes.values():
                stuck = late and node.name not in well and node.name not in given_up
                if node.process is not None and (node.vanished() or stuck):
                    given_up.add(node.name)
                    node.renew()
            roles = [members[name][0] for name in well]
            return len(roles) == len(NODES) and "leader" in roles and ("sync_standby" in roles or not self.synchronous)
        try:
            until(settled, 120, "a healthy cluster")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.members()}\n{self.logs()}") from None

    def others(self, node):
        return [other for other in self.nodes.values() if other is not node]

    def switchover(self):
        leader = self.leader()
        candidates = [name for name, (role, _) in self.members().items()
                      if role == ("sync_standby" if self.synchronous else "replica")]
        done = self.fetch(f"http://{leader.host}:{leader.rest}/switchover", {"leader": leader.name, "candidate": candidates[0]})
        assert done, f"no switchover\n{self.logs()}"

    def url_of(self, node, user="postgres", database="postgres"):
        return f"postgresql://{user}@{node.host}:{node.port}/{database}"

    def url(self, user, database):
        """All three, for a client that finds the primary by itself."""
        hosts = ",".join(f"{node.host}:{node.port}" for node in self.nodes.values())
        return f"postgresql://{user}@{hosts}/{database}?target_session_attrs=read-write"

    def ask(self, query, database="postgres", timeout=60):
        """Of the primary, whichever that is."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                url = self.url("postgres", database) + "&connect_timeout=3"
                with psycopg.connect(url, autocommit=True) as connection:
                    cursor = connection.execute(query)
                    return cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, self.logs()
                time.sleep(0.2)
