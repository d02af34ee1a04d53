"""Many replicas start at once against a server with few connections: who waits for the lock holds none.

scripts/soak storm sets PGE_STORM to 200 replicas, with 50 connections, 20 files and a migration of a minute.
"""

import os
import threading
import time
from types import SimpleNamespace

import psycopg
import pytest

from background import Background
from conftest import ENCODED, HISTORY, PASSWORD
from runner import until
from servers import Cluster

REPLICAS = int(os.environ.get("PGE_STORM", "30"))
FULL = REPLICAS >= 100
CONNECTIONS, FILES, NAP = (50, 20, 60) if FULL else (15, 5, 5)
# Before that they arrive. After it the waiters together hold no more than `MOST`, of what a server has for all.
ARRIVED, MOST = (10, 10) if FULL else (3, 5)
# Who has a connection and not the lock, but for us who look, and the application.
OTHERS = ("select count(*) from pg_stat_activity where backend_type = 'client backend' "
          "and application_name not in ('looking', 'application') "
          "and pid not in (select pid from pg_locks where locktype = 'advisory' and granted)")


@pytest.fixture
def small_server():
    cluster = Cluster()
    (cluster.data / "pg_hba.conf").write_text("host all postgres all trust\nhost all all all scram-sha-256\n", encoding="utf-8")
    try:
        cluster.start(f"max_connections={CONNECTIONS}", "superuser_reserved_connections=3")
        with psycopg.connect(cluster.url, autocommit=True) as connection:
            connection.execute(f"create role app login password '{PASSWORD}'")
            connection.execute("create database storm owner app")
        yield cluster
    finally:
        cluster.stop()


def url(cluster):
    return f"postgresql://app:{ENCODED}@127.0.0.1:{cluster.port}/storm"


class Watch(Background):
    """Counts the connections of all who do not have the lock, and how often an application gets none."""

    def __init__(self, cluster):
        self.cluster, self.ended, self.started = cluster, threading.Event(), time.monotonic()
        self.counts, self.tries = [], []
        # Before the storm: who logs in fills places too, also those that are reserved for us.
        self.looking = psycopg.connect(cluster.url, autocommit=True, application_name="looking")
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self._count, self._connect)]

    def _count(self):
        while not self.ended.wait(0.02):
            self.counts.append((time.monotonic() - self.started, self.looking.execute(OTHERS).fetchone()[0]))

    def _connect(self):
        while not self.ended.wait(0.1):
            try:
                psycopg.connect(url(self.cluster), application_name="application", connect_timeout=5).close()
                got = True
            except psycopg.OperationalError:
                got = False
            self.tries.append((time.monotonic() - self.started, got))

    def __exit__(self, *_):
        super().__exit__()
        self.looking.close()

    def between(self, first, last):
        counts = [count for at, count in self.counts if first <= at <= last]
        tries = [got for at, got in self.tries if first <= at <= last]
        return SimpleNamespace(counts=counts, most=max(counts), mean=sum(counts) / len(counts), tries=len(tries),
                               refused=tries.count(False))


def storm_files():
    files = {f"{number:04}_step.sql": f"create table t{number} (id integer);\ninsert into t{number} values ({number});"
             for number in range(1, FILES + 1)}
    files["0002_step.sql"] += f"\nselect pg_sleep({NAP});"
    return files


def test_who_waits_holds_no_connection_each_file_is_applied_once_and_all_serve(start, small_server, migrations, in_parallel):
    migrations(storm_files())
    env = {"DATABASE_URL": url(small_server)}
    asleep = "select count(*) from pg_stat_activity where query like '%pg_sleep%' and state = 'active' and pid <> pg_backend_pid()"
    with Watch(small_server) as watch, psycopg.connect(small_server.url, autocommit=True, application_name="looking") as boss:
        runs = [start("--", "echo", "started", env=env) for _ in range(REPLICAS)]
        until(lambda: boss.execute(asleep).fetchone()[0], 30, "the long migration")
        until(lambda: not boss.execute(asleep).fetchone()[0], NAP + 30, "its end")
        over = time.monotonic() - watch.started
        done = in_parallel([lambda run=run: run.finish(80) for run in runs])
    last = max(run.seconds for run in done)
    assert [(run.code, run.out) for run in done] == [(0, "started\n")] * REPLICAS, [run.err for run in done if run.code]
    with psycopg.connect(small_server.url_of("postgres", "storm")) as boss:
        assert boss.execute(f"select version, state from {HISTORY} order by applied_order").fetchall() == \
            [(str(number), "applied") for number in range(1, FILES + 1)]
        for number in range(1, FILES + 1):
            assert boss.execute(f"select array_agg(id) from t{number}").fetchone()[0] == [number]
    assert sum(run.err.count("migration applied") for run in done) == FILES
    seen = watch.between(ARRIVED, over)
    print(f"{REPLICAS} replicas, {CONNECTIONS} connections: while one migrated for {NAP} s, from second {ARRIVED} on the others "
          f"held {seen.mean:.2f} on average and {seen.most} at most ({len(seen.counts)} looks); the application was refused "
          f"{seen.refused} times of {seen.tries}; the last served {last - over:.1f} s after the long file's end")
    assert len(seen.counts) > 10 and seen.most <= MOST
    assert seen.refused <= seen.tries / 20
    # Nobody noticed the end later than the longest pause, and what it takes to connect.
    assert last - over < 5 + (10 if FULL else 3)


def test_the_same_look_counts_connections_that_are_held(small_server):
    """What the test above would show if waiters kept theirs."""
    held = [psycopg.connect(url(small_server)) for _ in range(MOST + 2)]
    with Watch(small_server) as watch:
        until(lambda: len(watch.counts) > 2, what="looks")
    assert watch.between(0, 60).most == len(held)
    for connection in held:
        connection.close()


# The winner's migrator needs a connection of its own


@pytest.fixture
def full_server(small_server):
    """Takes all connections but one; returns them."""
    taken = []
    with pytest.raises(psycopg.OperationalError):
        while True:
            taken.append(psycopg.connect(url(small_server)))
    taken.pop().close()
    small_server.taken = taken
    yield small_server
    for connection in taken:
        connection.close()


TOOL = 'psql -qX "$DATABASE_URL" -c "create table made (id integer)"'


@pytest.mark.parametrize("says", [True, False], ids=["says so", "says nothing"])
def test_a_migrator_that_gets_none_is_tried_again(start, full_server, says):
    tool = TOOL if says else f"{TOOL} 2>/dev/null"
    run = start("--migrator", f"sh -c '{tool}'", "--", "echo", "started", env={"DATABASE_URL": url(full_server)})
    run.wait_for("the server had no connection left for it").wait_for("; retrying")
    assert "waited_ms=" in run.err
    full_server.taken.pop().close()
    done = run.finish()
    assert (done.code, done.out) == (0, "started\n"), done.err
    assert done.err.count("migrator started") >= 2


def test_but_not_for_longer_than_others_would_wait_for_the_lock(entrypoint, full_server):
    run = entrypoint("--advisory-lock-timeout", "2s", "--migrator", f"sh -c '{TOOL}'", "--", "echo", "started",
                     env={"DATABASE_URL": url(full_server)})
    assert run.code == 69 and run.out == ""
    assert 2 <= run.seconds < 8
    assert "the server had no connection left for it" in run.err.splitlines()[-1] and "max_connections" in run.err


def test_one_that_fails_for_another_reason_is_not(entrypoint, small_server):
    run = entrypoint("--migrator", "sh -c 'echo 53300 rows; exit 3'", "--", "echo", "started",
                     env={"DATABASE_URL": url(small_server)})
    assert run.code == 76 and "retrying" not in run.err
