"""Three replicas, kills at random instants, and every way in which a migration can give the advisory lock away.

scripts/soak giveaways does it with the full count. PGE_SEED repeats the choices; what they meet depends on the machine.
"""

import contextlib
import os
import random
import re
import signal
import time

import psycopg
import pytest

from runner import children_of

ROUNDS = int(os.environ.get("PGE_GIVEAWAYS", "1"))
SEED = int(os.environ.get("PGE_SEED") or random.randrange(10**6))

# `enter` commits who starts a step, and whether somebody who had started it before still lives.
FILE = """-- pg-entrypoint: no-transaction
create table entered (step text, pid integer, started timestamptz, beside_another boolean);
create table ran (step text);
create procedure enter(what text) language plpgsql as $$
begin
  insert into entered
  select what, a.pid, a.backend_start,
    exists (select from entered e join pg_stat_activity o on o.pid = e.pid and o.backend_start = e.started
            where e.step = what and e.pid <> a.pid)
  from pg_stat_activity a where a.pid = pg_backend_pid();
  commit;
end $$;
create procedure give_away(what text) language plpgsql as $$
begin
  call enter(what);
  perform pg_advisory_unlock_all();
  perform pg_sleep(0.1);
  insert into ran values (what);
end $$;
insert into ran values ('first');
do $$ begin call enter('do'); perform pg_advisory_unlock_all(); perform pg_sleep(0.1); insert into public.ran values ('do'); end $$;
insert into ran values ('after do');
call give_away('call');
insert into ran values ('after call');
insert into ran select 'select' from (select pg_advisory_unlock_all()) as given;
insert into ran values ('after select');
discard all;
insert into ran values ('last');
"""
ONCE = ["first", "after do", "after call", "select", "after select", "last"]
AT_LEAST_ONCE = ["do", "call"]
# Killed, or without the lock that its migration gave away: the platform starts it again.
STARTED_AGAIN = (70, 76, -signal.SIGKILL)


@pytest.fixture(scope="module")
def logging_cluster(fragile_cluster):
    """The server's log says who has run DISCARD ALL, and who has ended."""
    settings = {"log_statement": "all", "log_disconnections": "on", "log_line_prefix": "[%p] "}
    with psycopg.connect(fragile_cluster.url, autocommit=True) as connection:
        for name, value in settings.items():
            connection.execute(f"alter system set {name} = '{value}'")
        connection.execute("select pg_reload_conf()")
        time.sleep(0.2)
        yield fragile_cluster
        for name in settings:
            connection.execute(f"alter system reset {name}")
        connection.execute("select pg_reload_conf()")


class Round:
    def __init__(self, cluster, start, chance, number):
        self.chance, self.name = chance, f"giveaways_{number}"
        with psycopg.connect(cluster.url, autocommit=True) as connection:
            connection.execute(f"create database {self.name} owner owner")
        self.admin = psycopg.connect(cluster.url_of("postgres", self.name), autocommit=True)
        self.admin.execute("alter schema public owner to pg_database_owner")
        self.launch = lambda: start("migrate", env={"DATABASE_URL": cluster.url_of("owner", self.name)})
        self.log, self.log_from = cluster.log, cluster.log.stat().st_size
        self.kills = self.starts = 0

    def play(self):
        """Until all three have ended well; at most three kills."""
        replicas, deadline = [self.launch() for _ in range(3)], time.monotonic() + 60
        wanted = self.chance.randint(0, 3)
        while replicas:
            assert time.monotonic() < deadline, "\n".join(run.err for run in replicas)
            time.sleep(self.chance.uniform(0, 0.15))
            if self.kills < wanted:
                self.strike(self.chance.choice(replicas))
            replicas = [run for run in map(self.look_after, replicas) if run]

    def strike(self, run):
        self.kills += 1
        if self.chance.random() < 0.3:
            self.admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() "
                               "and application_name like 'pg-entrypoint/%' order by random() limit 1")
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(next(iter(children_of(run.process.pid)), run.process.pid), signal.SIGKILL)

    def look_after(self, run):
        """The replica, another one in its place, or nothing when it has ended well."""
        if run.process.poll() is None:
            return run
        done = run.finish()
        if done.code == 0:
            return None
        assert done.code in STARTED_AGAIN, f"{done.code}:\n{done.err}"
        self.starts += 1
        return self.launch()

    def check(self):
        ran = [step for (step,) in self.admin.execute("select step from ran")]
        assert {step: ran.count(step) for step in ONCE} == dict.fromkeys(ONCE, 1)
        assert set(AT_LEAST_ONCE) <= set(ran)
        assert self.admin.execute("select * from entered where beside_another").fetchall() == []
        assert self.admin.execute("select version, state from pgentrypoint.history").fetchall() == [("1", "applied")]
        self.check_discards()
        locked = "select pid from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = %s)"
        assert self.admin.execute(locked, (self.name,)).fetchall() == []

    def check_discards(self):
        """Whoever runs it does so when nobody lives who has run it before."""
        with self.log.open(encoding="utf-8", errors="replace") as file:
            file.seek(self.log_from)
            text = file.read()
        alive, count = set(), 0
        for pid, ended in re.findall(r"^\[(\d+)\] LOG:  (?:execute <unnamed>: discard all|(disconnection): )", text, re.M):
            if ended:
                alive.discard(pid)
                continue
            assert not alive, f"{pid} ran DISCARD ALL while {alive} lived:\n{text}"
            alive.add(pid)
            count += 1
        assert count >= 1

    def close(self, cluster):
        self.admin.close()
        with psycopg.connect(cluster.url, autocommit=True) as connection:
            connection.execute(f"drop database {self.name} with (force)")


def test_no_step_runs_beside_its_own_session_and_none_is_skipped(logging_cluster, start, migrations):
    print(f"PGE_SEED={SEED} PGE_GIVEAWAYS={ROUNDS}")
    migrations({"0001_give.sql": FILE})
    chance = random.Random(SEED)
    kills = starts = 0
    for number in range(ROUNDS):
        one = Round(logging_cluster, start, chance, number)
        try:
            one.play()
            one.check()
        finally:
            one.close(logging_cluster)
        kills, starts = kills + one.kills, starts + one.starts
    print(f"{ROUNDS} rounds, {kills} kills, {starts} replicas started again")
