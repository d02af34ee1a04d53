"""Servers that answer and cannot serve us: a standby, and one without a free connection."""

import psycopg
import pytest

from servers import Cluster, needs

ONE = {"0001_one.sql": "create table one (id integer);"}
TWO = ONE | {"0002_two.sql": "create table two (id integer);"}
THREE = TWO | {"0003_three.sql": "create table three (id integer);"}
START = ("--", "echo", "started")


@pytest.fixture(scope="module")
def primary():
    cluster = Cluster()
    cluster.start("max_connections=8", "superuser_reserved_connections=2")
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        connection.execute("create role app login; grant create on schema public to app; grant create on database postgres to app")
    yield cluster
    cluster.stop()


def app_url(cluster):
    return cluster.url.replace("postgres@", "app@")


@pytest.fixture
def all_taken(primary):
    """Every connection that is not the superuser's."""
    taken = []
    with pytest.raises(psycopg.OperationalError, match="remaining connection slots"):
        for _ in range(20):
            taken.append(psycopg.connect(app_url(primary)))
    assert len(taken) == 6
    yield taken
    for connection in taken:
        connection.close()


def test_no_free_connection_is_69_at_the_deadline(entrypoint, primary, all_taken):
    run = entrypoint("--wait-timeout", "1500ms", *START, env={"DATABASE_URL": app_url(primary)}, migrations=ONE)
    assert run.code == 69 and "started" not in run.out
    assert 1.4 <= run.seconds < 3
    assert "not reachable within 2 s" in run.err and "remaining connection slots" in run.err and "sqlstate=53300" in run.err
    assert "raise max_connections" in run.err


def test_a_connection_that_becomes_free_is_used(start, primary, all_taken):
    run = start("--wait-timeout", "20s", *START, env={"DATABASE_URL": app_url(primary)}, migrations=ONE)
    run.wait_for("sqlstate=53300")
    all_taken[0].close()
    done = run.finish()
    assert (done.code, done.out) == (0, "started\n"), done.err
    # The one session that was free was enough, and is given back.
    psycopg.connect(app_url(primary)).close()


@needs("pg_basebackup")
def test_a_standby_is_enough_until_something_is_pending_and_then_its_promotion_is_waited_for(start, entrypoint, primary):
    assert entrypoint("migrate", env={"DATABASE_URL": app_url(primary)}, migrations=ONE).code == 0
    standby = primary.standby()
    try:
        standby.start("max_connections=8", "hot_standby=on")
        env = {"DATABASE_URL": app_url(standby)}
        run = entrypoint("--wait-timeout", "2s", *START, env=env)
        assert (run.code, run.out) == (0, "started\n"), run.err
        run = entrypoint("--wait-timeout", "1s", *START, env=env, migrations=TWO)
        assert run.code == 69 and "started" not in run.out
        assert "the server is a standby, but migrations need the primary" in run.err
        assert "name the primary" in run.err.splitlines()[-1]
        # In front of the primary it hides that one, until the URL says what is wanted.
        both = f"postgresql://app@127.0.0.1:{standby.port},127.0.0.1:{primary.port}/postgres"
        run = entrypoint("--wait-timeout", "1s", *START, env={"DATABASE_URL": both})
        assert run.code == 69 and "set target_session_attrs=read-write" in run.err.splitlines()[-1]
        run = entrypoint(*START, env={"DATABASE_URL": f"{both}?target_session_attrs=read-write"})
        assert (run.code, run.out) == (0, "started\n"), run.err
        running = start("--wait-timeout", "20s", *START, env=env, migrations=THREE)
        running.wait_for("the server is a standby")
        standby.promote()
        done = running.finish(30)
        assert (done.code, done.out) == (0, "started\n"), done.err
        with psycopg.connect(standby.url) as connection:
            assert connection.execute("select version from pgentrypoint.history order by 1").fetchall() == [("1",), ("2",), ("3",)]
    finally:
        standby.stop()
