"""Stops while the network is a black hole: nothing answers, nothing refuses."""

import subprocess

import pytest

from conftest import ENCODED
from fault_proxy import FaultProxy, Link
from private_network import NameServer, PrivateNetwork
from runner import SYN_SENT, children_of, talks_to, until
from stops import STOPS, OneForEach, assert_stopped

ONE = {"0001_one.sql": "create table one (id integer);"}
SLEEPING = {"0001_slow.sql": "select pg_sleep(60)"}
INIT = pytest.mark.parametrize("init", [False, True], ids=["child", "pid1"])


@pytest.fixture(scope="module")
def one_network():
    with PrivateNetwork() as network:
        yield network


@pytest.fixture
def network(one_network):
    yield one_network
    one_network.restore()


@pytest.fixture
def named_server(network, tmp_path):
    """within: the command runs where the one name server is ours, in our network."""
    resolv = tmp_path / "resolv.conf"
    resolv.write_text(f"nameserver {NameServer.ADDRESS}\noptions timeout:5 attempts:3\n")
    bind = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
    network.within = [*network.prefix, "unshare", "--mount", "sh", "-c", bind, str(resolv)]
    return network


def url(host, port):
    return {"DATABASE_URL": f"postgresql://owner:{ENCODED}@{host}:{port}/app"}


@INIT
@pytest.mark.parametrize("number", STOPS)
def test_while_connecting_to_a_host_that_swallows_all(start, network, number, init):
    with network.listener() as listener:
        port = listener.getsockname()[1]
        network.drop("tcp", port)
        run = start("--", "echo", "started", migrations=ONE, init=init, within=network.prefix,
                    env=url("127.0.0.1", port))
        until(lambda: talks_to(run, "tcp", port, SYN_SENT), what="a connection that is not answered")
        assert_stopped(run.signal(number).finish(), number)


def test_the_same_process_1_without_us_is_deaf(network):
    """What the tests above would show if nothing were done for stops: psql as process 1 stays."""
    with network.listener() as listener:
        port = listener.getsockname()[1]
        network.drop("tcp", port)
        psql = subprocess.Popen([*network.prefix, "unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "psql",
                                 f"postgresql://owner@127.0.0.1:{port}/app"], stderr=subprocess.DEVNULL)
        try:
            process_1 = until(lambda: children_of(psql.pid), what="psql")[0]
            subprocess.run(["kill", "-TERM", str(process_1)], check=True)
            with pytest.raises(subprocess.TimeoutExpired):
                psql.wait(1)
        finally:
            psql.kill()
            psql.wait(5)


@INIT
@pytest.mark.parametrize("number", STOPS)
def test_in_the_name_lookup(start, named_server, number, init):
    named_server.drop("udp", 53)
    run = start("--", "echo", "started", migrations=ONE, init=init, within=named_server.within,
                env=url("database", 5432))
    until(lambda: talks_to(run, "udp", 53), what="the question to the name server")
    assert_stopped(run.signal(number).finish(), number)


def test_the_same_lookup_with_a_name_server_that_answers_ends_by_itself(start, named_server):
    with NameServer(named_server) as names:
        run = start("--", "echo", "started", migrations=ONE, within=named_server.within, env=url("database", 5432))
        run.wait_for("Connection refused")
        assert names.asked >= 1
        run.signal().finish()


def test_in_the_second_lookup_after_a_refused_login(start, database, named_server):
    """The SQLSTATE of a refusal is asked for by connecting once more, which looks the name up again."""
    with NameServer(named_server) as names, \
            FaultProxy((database.host, database.port), named_server.listener()).reject("28P01", "no") as server:
        def silence():
            names.silent, names.asked = True, 0
        server.before_rejection = silence
        run = start("--", "echo", "started", migrations=ONE, within=named_server.within,
                    env=url("database", server.port))
        until(lambda: names.silent and names.asked, what="the second question")
        assert_stopped(run.signal().finish())


@pytest.fixture
def way_in(database, network):
    """A proxy that listens in the private network: the only way from there to the server."""
    with FaultProxy((database.host, database.port), network.listener()) as proxy:
        yield proxy


@INIT
def test_in_a_statement_when_the_network_is_gone(start, database, network, way_in, init):
    each = OneForEach(start, migrations=SLEEPING, init=init, via=way_in, within=network.prefix)
    each.until(lambda: running(database, "pg_sleep") == len(STOPS), what="the statements")
    network.drop("tcp", way_in.port)
    for number, done in each.stop().items():
        assert_stopped(done, number)
        assert database.history("state", f"public.{each.table(number)}") == []
    assert running(database, "pg_sleep") == len(STOPS), "the server cannot have heard of it"
    for link in way_in.links:
        link.end_server()
    until(lambda: running(database, "pg_sleep") == 0, 3, "the server's noticing that we are gone")
    assert all(database.lock_is_free(each.table(number)) for number in STOPS)


def test_the_same_statement_with_the_network_in_order_is_cancelled(start, database, network, way_in):
    each = OneForEach(start, migrations=SLEEPING, via=way_in, within=network.prefix)
    each.until(lambda: running(database, "pg_sleep") == len(STOPS), what="the statements")
    for number, done in each.stop().items():
        assert_stopped(done, number)
    until(lambda: way_in.cancels == len(STOPS), 2, "four cancel requests")
    until(lambda: running(database, "pg_sleep") == 0, 1, "the end of the statements")


def running(database, text):
    return database.value("select count(*) from pg_stat_activity where application_name like 'pg-entrypoint/%%' "
                          "and state = 'active' and query like %s", f"%{text}%")


def test_while_asking_who_is_in_the_way(start, database, proxy):
    """The second connection, which names the blockers, is not the one that a stop waits for."""
    database.execute("create table busy (id integer); alter table busy owner to owner")
    blocker = database.connect(autocommit=False)
    blocker.execute("select * from busy")
    proxy.at("pg_blocking_pids", Link.hold)
    text = "-- pg-entrypoint: lock_timeout=400ms\nalter table busy add column n integer"
    run = start("--allow-existing", "--", "echo", "started", via=proxy, migrations={"0001_busy.sql": text})
    proxy.wait_for_hit()
    assert_stopped(run.signal().finish())
