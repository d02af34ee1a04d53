"""The lock's connection vanishes without a word, alone (NAT forgets it) or with all others (a cable is cut).

The server frees the lock 25 to 30 s after it has heard from us last. By then nothing of a migrator may be left. Real
packets are dropped, so the times are the real ones. PGE_DROPS: rounds of the tests that take a minute (`scripts/soak drops`).
"""

import os
import threading
import time
from types import SimpleNamespace

import psycopg
import pytest

from private_network import PrivateNetwork
from runner import until
from servers import Cluster

ROUNDS = int(os.environ.get("PGE_DROPS", "0"))
LONG = pytest.mark.skipif(ROUNDS == 0, reason="it takes a minute: scripts/soak drops")
# Of docs/how-it-works.md.
MIGRATOR_ENDS, TAKEN_OVER = 21, 40

# The first one stays for as long as it can: only SIGKILL ends it.
TOOL = """#!/bin/sh
trap '' TERM
nap=1
if mkdir first 2>/dev/null; then nap=120; fi
PGAPPNAME="tool-$$" exec psql -qX "$DATABASE_URL" -c "select pg_sleep($nap)"
"""


@pytest.fixture
def network():
    with PrivateNetwork() as made:
        yield made


@pytest.fixture
def server(network):
    """In the private network; 127.0.0.1 and 127.0.0.2 are two ways to it. The tests look at it through its socket."""
    cluster = Cluster(within=network.prefix)
    try:
        cluster.start("listen_addresses=127.0.0.1,127.0.0.2", "unix_socket_directories=/tmp")
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def tool(tmp_path):
    path = tmp_path / "tool.sh"
    path.write_text(TOOL)
    path.chmod(0o755)
    return ["migrate", "--migrator", "./tool.sh"]


class Watch:
    """At each moment: which migrators have a statement running, and which sessions hold the advisory lock."""

    QUERY = ("select (select coalesce(array_agg(application_name), '{}') from pg_stat_activity "
             "where application_name like 'tool-%' and state = 'active'), "
             "(select coalesce(array_agg(pid), '{}') from pg_locks where locktype = 'advisory' and granted)")

    def __init__(self, server):
        self.connection = psycopg.connect(host="/tmp", port=server.port, user="postgres", dbname="postgres", autocommit=True)
        self.ended, self.moments = threading.Event(), []
        self.thread = threading.Thread(target=self._look, daemon=True)

    def _look(self):
        while not self.ended.wait(0.03):
            tools, holders = self.connection.execute(self.QUERY).fetchone()
            self.moments.append(SimpleNamespace(at=time.monotonic(), tools=tools, holders=holders))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join(5)
        self.connection.close()

    def first_tool(self):
        """When it runs: its name, the session with the lock, and the port at our end of that."""
        until(lambda: self.moments and self.moments[-1].tools, what="the migrator")
        moment = self.moments[-1]
        with psycopg.connect(self.connection.info.dsn, autocommit=True) as boss:
            port = boss.execute("select client_port from pg_stat_activity where pid = %s", moment.holders).fetchone()[0]
        return SimpleNamespace(name=moment.tools[0], holder=moment.holders[0], port=port)


def url(server, host="127.0.0.1"):
    return {"DATABASE_URL": f"postgresql://postgres@{host}:{server.port}/postgres"}


def seconds_to_its_end(watch, tool, dropped):
    """Never are there two, and as long as the first one runs its own session has the lock."""
    assert max(len(moment.tools) for moment in watch.moments) == 1
    running = [moment for moment in watch.moments if tool.name in moment.tools]
    assert all(moment.holders == [tool.holder] for moment in running), "the lock was free while the migrator ran"
    return running[-1].at - dropped


def alone(start, network, server, options):
    with Watch(server) as watch:
        run = start(*options, within=network.prefix, env=url(server))
        tool = watch.first_tool()
        network.drop("tcp", tool.port)
        dropped = time.monotonic()
        done = run.finish(60)
        took = done.seconds - (dropped - run.started)
    assert done.code == 0, done.err
    assert "reconnecting to see what was done" in done.err and done.err.count("migrator started") == 2
    ended = seconds_to_its_end(watch, tool, dropped)
    print(f"the lock's connection dropped alone: the migrator ended after {ended:.1f} s, all was done after {took:.1f} s")
    assert ended < MIGRATOR_ENDS and took < TAKEN_OVER


def test_when_the_locks_connection_is_dropped_alone_the_migrator_ends_before_the_lock_is_free(start, network, server, tool):
    """With a lock time-out it is looked at more often, which makes this test shorter."""
    alone(start, network, server, [*tool, "--lock-timeout", "200ms"])


@LONG
@pytest.mark.parametrize("_round", range(ROUNDS or 1))
def test_the_same_with_the_usual_interval(start, network, server, tool, _round):
    alone(start, network, server, tool)


@LONG
@pytest.mark.parametrize("_round", range(ROUNDS or 1))
def test_when_all_connections_are_cut_another_replica_takes_over(start, network, server, tool, _round):
    with Watch(server) as watch:
        first = start(*tool, "--wait-timeout", "5s", within=network.prefix, env=url(server, "127.0.0.2"))
        cut = watch.first_tool()
        second = start(*tool, within=network.prefix, env=url(server))
        second.wait_for("waiting for the advisory lock")
        network.drop_address("127.0.0.2")
        dropped = time.monotonic()
        done = second.finish(90)
        took = done.seconds - (dropped - second.started)
        lost = first.finish(60)
    assert done.code == 0, done.err
    assert lost.code == 69 and "reconnecting to see what was done" in lost.err, lost.err
    ended = seconds_to_its_end(watch, cut, dropped)
    print(f"all connections cut: the migrator's statement ended after {ended:.1f} s, another one was done after {took:.1f} s")
    assert ended < MIGRATOR_ENDS and took < TAKEN_OVER
