"""The primary moves in the middle of a migration: a real Patroni cluster, switchovers and SIGKILL of the leader.

    scripts/soak patroni [N]       N switchovers and N kills, synchronous and asynchronous, and cuts of the leader's network

PGE_MOVES: how many of each; 0: a short one. PGE_SEED repeats the moments.
"""

import os
import random
import re
import shutil
import time
from collections import Counter

import pytest

from patroni import Patroni
from runner import until

MOVES = int(os.environ.get("PGE_MOVES", "0"))
SEED = int(os.environ.get("PGE_SEED", "0")) or random.randrange(1, 10**6)
REPLICAS = 3
FILES = 10
IN_STEPS = 5

pytestmark = [pytest.mark.skipif(os.getuid() != 0, reason="network namespaces take root"),
              pytest.mark.skipif(not shutil.which("patroni"), reason="there is no Patroni here")]


def files():
    """Each leaves rows that tell how often it ran. One has no transaction: three steps, one of them CONCURRENTLY."""
    made = {"0001_ran.sql": "create table ran (file integer, step integer);\ninsert into ran values (1, 0);"}
    for number in range(2, FILES + 1):
        made[f"{number:04}_step.sql"] = (f"create table t{number} (id integer);\nselect pg_sleep(0.2);\n"
                                         f"insert into ran values ({number}, 0);")
    made[f"{IN_STEPS:04}_step.sql"] = ("-- pg-entrypoint: no-transaction\n"
                                       f"insert into ran select {IN_STEPS}, 1 from pg_sleep(0.2);\n"
                                       "create index concurrently ran_idx on ran (file);\n"
                                       f"insert into ran select {IN_STEPS}, 2 from pg_sleep(0.2);")
    return made


EXPECTED = sorted([(number, 0, 1) for number in range(1, FILES + 1) if number != IN_STEPS] + [(IN_STEPS, 1, 1), (IN_STEPS, 2, 1)])


class Moves:
    def __init__(self, cluster, start, seed):
        self.cluster, self.start, self.dice = cluster, start, random.Random(seed)
        self.number, self.lost, self.slowest, self.reconnected = 0, Counter(), 0.0, 0

    def move(self, how):
        """One database, three replicas, and the primary moves while they migrate."""
        self.number += 1
        name = f"move_{self.number}"
        self.cluster.settle()
        before = self.cluster.leader()
        if how == "kill_stale":
            self.cut_off_one(before)
        self.cluster.ask(f"create database {name} owner owner")
        runs = [self.start(self.cluster.url("owner", name), "--", "echo", "started") for _ in range(REPLICAS)]
        # kill_behind leaves the leader some time to commit what will be lost.
        reached = self.dice.randrange(1, FILES // 3 if how == "kill_behind" else FILES)
        until(lambda: any("migration applied" in run.err for run in runs), 30, "the first file")
        until(lambda: sum(run.err.count("migration applied") for run in runs) >= reached, 30, f"file {reached}")
        time.sleep(self.dice.uniform(0, 0.3))
        moved = time.monotonic()
        getattr(self, how)(before)
        done = [run.finish(120) for run in runs]
        self.slowest = max(self.slowest, time.monotonic() - moved)
        assert [(run.code, run.out) for run in done] == [(0, "started\n")] * REPLICAS, "\n".join(run.err for run in done if run.code)
        self.reconnected += sum("reconnecting" in run.err for run in done)
        assert how != "kill_stale" or any("one host refuses, and another one has not answered" in run.err for run in done), done[0].err
        after = until(self.cluster.leader, 60, "a leader")
        assert after is not before, f"{how}: the primary has not moved"
        return name, done

    def switchover(self, _):
        self.cluster.switchover()

    @staticmethod
    def kill_server(leader):
        """Patroni is left, notices, and gives the leader's key away."""
        leader.kill_server()

    @staticmethod
    def kill_node(leader):
        """Nobody is left to give the key away: the others wait until it has expired."""
        leader.kill()

    def cut_off_one(self, leader):
        """A standby hears nothing any more from the leader's server, so the next database is not there; no COMMIT waits for this one."""
        roles = self.cluster.members()
        stale = [node for node in self.cluster.others(leader) if roles[node.name][0] != "sync_standby"][-1]
        stale.network.drop("tcp", leader.port)

    def kill_stale(self, leader):
        """As kill_node. Until the next leader is there, one host of the URL is gone, one is read-only, and one refuses: it lacks the
        database. That takes longer than --login-grace."""
        self.kill_node(leader)

    def kill_behind(self, leader):
        """The standbys hear nothing any more from the leader's server, and then it is killed: what it has committed meanwhile is
        lost; with synchronous replication it can commit nothing, and COMMIT waits."""
        for node in self.cluster.others(leader):
            node.network.drop("tcp", leader.port)
        time.sleep(1)
        leader.kill_server()
        # Not before: the dead server's kernel would still send what it has in its buffers.
        until(lambda: self.cluster.leader() not in (None, leader), 60, "the next leader")
        for node in self.cluster.others(leader):
            node.network.restore()

    @staticmethod
    def isolate(leader):
        """The leader lives on, and nobody hears from it: it gives up by itself, the others wait until the key has expired."""
        leader.network.isolate()

    def found(self, name):
        """Versions in the order of the history, how often each step ran, tables and whether the index is valid."""
        return (self.cluster.ask("select array_agg(version::integer order by applied_order) from pgentrypoint.history where state = 'applied'",
                                 name)[0][0],
                self.cluster.ask("select file, step, count(*) from ran group by file, step order by file, step", name),
                self.cluster.ask("select count(*) from pg_tables where tablename ~ '^t[0-9]+$'", name)[0][0],
                self.cluster.ask("select indisvalid from pg_index where indexrelid = to_regclass('ran_idx')", name))

    def judge(self, name, done, how):
        """What the new primary has is exact: each file once, in order. With asynchronous replication files that were told as applied
        may be gone with the old primary, and then they are applied again: by a replica that still migrates, or by the next start."""
        told = Counter(int(version) for run in done for version in re.findall(r"migration applied version=(\d+)", run.err))
        lost = sum(times - 1 for times in told.values())
        if not self.cluster.synchronous:
            served = self.start(self.cluster.url("owner", name), "check").finish(60).code == 3
            again = self.start(self.cluster.url("owner", name), "migrate").finish(60)
            assert again.code == 0, again.err
            missing = again.err.count("migration applied")
            assert (missing > 0) == served, again.err
            self.lost[f"{how}, applied again by the next start"] += missing
        self.lost[f"{how}, applied again by replicas"] += lost
        assert lost == 0 or not self.cluster.synchronous, f"told as applied, and lost: {told}"
        assert self.found(name) == (list(range(1, FILES + 1)), EXPECTED, FILES - 2, [(True,)])
        held = "select count(*) from pg_locks where locktype = 'advisory'"
        until(lambda: self.cluster.ask(held, name) == [(0,)], 5, "a free lock")
        self.cluster.ask(f"drop database {name} with (force)")


def plan(synchronous):
    if MOVES == 0:
        return ["switchover", "kill_behind"] if synchronous else ["kill_behind"]
    kills = ["kill_server", "kill_behind", "kill_node", "kill_stale"]
    return ["switchover"] * MOVES + [kills[number % len(kills)] for number in range(MOVES)] + ["isolate"] * (MOVES // 5)


@pytest.mark.parametrize("synchronous", [True, False], ids=["synchronous", "asynchronous"])
def test_replicas_finish_by_themselves_when_the_primary_moves(start, tmp_path, synchronous):
    directory = tmp_path / "migrations"
    directory.mkdir()
    for name, text in files().items():
        (directory / name).write_text(text, encoding="utf-8")
    print(f"PGE_SEED={SEED} PGE_MOVES={MOVES}")
    began = time.monotonic()
    with Patroni(synchronous) as cluster:
        print(f"cluster: {time.monotonic() - began:.1f} s")
        cluster.ask("create role owner login")
        moves = Moves(cluster, start, f"{SEED}-{synchronous}")
        for how in plan(synchronous):
            name, done = moves.move(how)
            moves.judge(name, done, how)
            print(f"{how}: {time.monotonic() - began:.0f} s", flush=True)
    lost = {what: files for what, files in moves.lost.items() if files}
    print(f"{'synchronous' if synchronous else 'asynchronous'}: {dict(Counter(plan(synchronous)))}; {moves.reconnected} of "
          f"{REPLICAS * moves.number} replicas reconnected; all done at most {moves.slowest:.1f} s after the move; files lost: {lost or 'none'}")
    assert moves.reconnected > 0, "no move has met a migration"
    # The twin of synchronous replication: the same kill, and what was told is lost.
    assert synchronous or any(what.startswith("kill_behind") for what in lost)
