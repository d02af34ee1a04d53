"""Through PgBouncer in its three modes and pgpool-II, beside an application. `scripts/soak poolers` runs more rounds of kills.

The figures of the models: a session-level lock is left behind by every protocol; a lock of the transaction never is.
"""

import contextlib
import os
import random
import signal
import time
from collections import Counter

import psycopg
import pytest

from conftest import HISTORY, lock_key
from fault_proxy import FaultProxy, Link
from killing import LOCKED
from pooler import Disguise, PgPool, Pooler, Traffic
from runner import children_of, until

ROUNDS = int(os.environ.get("PGE_POOLER_ROUNDS", "2"))
REPLICAS = 20
SEED = int(os.environ.get("PGE_SEED") or random.randrange(10**6))
MIGRATE = ["migrate", "--allow-pooler"]
ONE = {"0001_one.sql": "create table one (id integer);"}


class Pooled:
    """A database of the cluster that may be killed, its poolers, and what a superuser sees of it beside them."""

    def __init__(self, cluster, start, name):
        self.cluster, self.start_binary, self.name = cluster, start, name
        self.poolers = contextlib.ExitStack()

    def pooler(self, mode="transaction", **settings):
        made = PgPool(self.cluster.port) if mode == "pgpool" else Pooler(self.cluster.port, mode, **settings)
        self.bouncer = self.poolers.enter_context(made)
        return self.bouncer

    def start(self, *arguments, url=None, **options):
        env = {"DATABASE_URL": url or self.bouncer.url(self.name)} | options.pop("env", {})
        return self.start_binary(*arguments, env=env, **options)

    def run(self, *arguments, **options):
        return self.start(*arguments, **options).finish(60)

    def rows(self, query):
        with psycopg.connect(self.cluster.url_of("postgres", self.name), autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(query)
            return cursor.fetchall() if cursor.description else []

    def value(self, query):
        return self.rows(query)[0][0]

    def history(self):
        if not self.value(f"select to_regclass('{HISTORY}') is not null"):
            return []
        return [tuple(row) for row in self.rows(f"select version, state from {HISTORY} order by applied_order")]

    def advisory_locks(self):
        return self.value(f"select count(*) from pg_locks where {LOCKED}")


@pytest.fixture(scope="module")
def pooled_database(fragile_cluster):
    with psycopg.connect(fragile_cluster.url, autocommit=True) as connection:
        connection.execute("create database pooled owner owner")
    yield "pooled"
    with psycopg.connect(fragile_cluster.url, autocommit=True) as connection:
        connection.execute("drop database pooled with (force)")


@pytest.fixture
def pooled(fragile_cluster, pooled_database, start):
    world = Pooled(fragile_cluster, start, pooled_database)
    with world.poolers:
        yield world
    others = "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    world.rows(others)
    for (schema,) in world.rows("select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'"):
        world.rows(f'drop schema "{schema}" cascade')
    world.rows("create schema public authorization pg_database_owner; grant usage on schema public to public")


PGPOOL = pytest.param("pgpool", marks=pytest.mark.skipif(not os.path.exists("/usr/sbin/pgpool"), reason="there is no pgpool here"))


def counted(count=8):
    """Each file leaves a row that tells how often it ran; none of them may run twice."""
    files = {"0001_ran.sql": "create table ran (file integer);\ninsert into ran values (1);"}
    for number in range(2, count + 1):
        files[f"{number:04}_step.sql"] = (f"create table t{number} (id integer);\nselect pg_sleep(0.02);\n"
                                          f"insert into ran values ({number});")
    return files


def assert_once_each(pooled, count=8):
    assert pooled.rows("select file, count(*) from ran group by file order by file") == [(n, 1) for n in range(1, count + 1)]
    assert pooled.history() == [(str(number), "applied") for number in range(1, count + 1)]


@pytest.mark.parametrize("mode", ["transaction", "session", PGPOOL])
def test_twenty_replicas_beside_an_application_apply_each_file_once_and_leave_no_lock(pooled, migrations, in_parallel, mode):
    pooler = pooled.pooler(mode)
    migrations(counted())
    with Traffic(pooler, pooled.name) as traffic:
        until(lambda: traffic.done > 20, what="traffic")
        runs = [pooled.start("--allow-pooler", "--", "echo", "started") for _ in range(REPLICAS)]
        done = in_parallel([lambda run=run: run.finish(60) for run in runs])
        assert [(run.code, run.out) for run in done] == [(0, "started\n")] * REPLICAS, [run.err for run in done if run.code]
        assert pooled.advisory_locks() == 0
        assert_once_each(pooled)
        assert sum(run.err.count("migration applied") for run in done) == 8


def test_a_session_level_lock_stays_on_a_server_connection_of_the_pool(pooled):
    """Why: the same clients, with the lock that a session would take."""
    pooler = pooled.pooler(size=3)
    with Traffic(pooler, pooled.name):
        def strand():
            with pooler.connect(pooled.name) as connection:
                connection.execute(f"select pg_try_advisory_lock({lock_key()})")
                for _ in range(3):
                    connection.execute("select pg_sleep(0.005)")
                connection.execute(f"select pg_advisory_unlock({lock_key()})")
            return pooled.advisory_locks() > 0
        until(strand, 20, "a lock that is left behind")


class Kills:
    """One round: replicas under traffic, and kills until they are done."""

    victims = {"process 1": 4, "prepare": 4, "pg_terminate_backend": 4, "SIGKILL of the backend": 1}

    def __init__(self, pooled, dice):
        self.pooled, self.dice, self.done = pooled, dice, Counter()
        # A crash of the whole server can leave pgpool-II's own processes waiting for it for longer than a test has.
        self.victims = {name: weight for name, weight in self.victims.items()
                        if pooled.bouncer.mode != "pgpool" or name != "SIGKILL of the backend"}

    @property
    def kills(self):
        return self.done.total()

    def strike(self, runs):
        victim = self.dice.choices(list(self.victims), list(self.victims.values()))[0]
        alive = [run for run in runs if run.process.poll() is None]
        if not alive:  # with nothing pending they are quick
            return
        run = self.dice.choice(alive)
        child = next(iter(children_of(run.process.pid)), None)
        with contextlib.suppress(psycopg.Error, ProcessLookupError):
            if victim == "process 1" or (victim == "prepare" and child is None):
                victim = "process 1"
                os.kill(run.process.pid, signal.SIGKILL)
            elif victim == "prepare":
                os.kill(child, signal.SIGKILL)
            else:
                holders = [pid for (pid,) in self.pooled.rows(f"select pid from pg_locks where {LOCKED}")]
                if not holders:
                    return
                if victim == "pg_terminate_backend":
                    self.pooled.rows(f"select pg_terminate_backend({holders[0]})")
                else:
                    os.kill(holders[0], signal.SIGKILL)
            self.done[victim] += 1

    def round(self, kills):
        runs = [self.pooled.start(*MIGRATE) for _ in range(3)]
        deadline = time.monotonic() + 60
        while self.kills < kills:
            assert time.monotonic() < deadline
            time.sleep(self.dice.uniform(0, 0.15))
            alive = [run for run in runs if run.process.poll() is None]
            runs = alive + [self.pooled.start(*MIGRATE) for _ in range(3 - len(alive))]
            self.strike(runs)
        return runs


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize("mode", ["transaction", "session", PGPOOL])
def test_kills_leave_no_lock_while_the_pool_runs_and_no_file_runs_twice(pooled, migrations, mode, number):
    seed = f"{SEED}-{mode}-{number}"
    print(f"PGE_SEED={SEED} PGE_POOLER_ROUNDS={ROUNDS}")
    pooler = pooled.pooler(mode)
    migrations(counted(12))
    kills = Kills(pooled, random.Random(seed))
    with Traffic(pooler, pooled.name, seed=number):
        runs = kills.round(6)
        print(f"{mode} mode: {dict(kills.done)}")
        last = pooled.start(*MIGRATE).finish(60)
        for run in runs:
            run.finish(60)
        assert last.code == 0, last.err
        # A server process that has lost its client ends when it looks, every half second.
        until(lambda: pooled.advisory_locks() == 0, 2, f"no advisory lock after {kills.kills} kills")
        assert_once_each(pooled, 12)


@pytest.mark.parametrize("command", [["migrate"], ["check"], ["status"], ["down"], ["baseline", "1"], ["accept", "1"]],
                         ids=" ".join)
def test_statement_mode_is_refused_by_name(pooled, migrations, command):
    pooled.pooler("statement")
    migrations(ONE)
    run = pooled.run(*command, "--allow-pooler")
    assert run.code == 78 and "the connection pooler is in statement mode" in run.err, run.err
    assert run.seconds < 5 and pooled.advisory_locks() == 0 and pooled.history() == []


def test_in_statement_mode_none_of_twenty_replicas_hangs(pooled, migrations, in_parallel):
    pooler = pooled.pooler("statement")
    migrations(ONE)
    with Traffic(pooler, pooled.name):
        runs = [pooled.start("--allow-pooler", "--", "echo", "started") for _ in range(REPLICAS)]
        done = in_parallel([lambda run=run: run.finish(30) for run in runs])
    assert [(run.code, run.out) for run in done] == [(78, "")] * REPLICAS
    assert pooled.advisory_locks() == 0 and pooled.history() == []
    assert pooled.run("wait").code == 0, "a wait needs no transaction"


@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_a_pooler_that_shows_itself_is_refused_without_the_flag(pooled, mode):
    pooled.pooler(mode)
    run = pooled.run("--", "echo", "started", migrations=ONE)
    assert (run.code, run.out) == (78, "")
    assert "there is a connection pooler in front of the database" in run.err and "--allow-pooler" in run.err
    assert pooled.history() == [] and pooled.advisory_locks() == 0


@pytest.mark.parametrize("mode", ["transaction", "session", "statement"])
def test_none_of_twenty_replicas_migrates_without_the_flag(pooled, migrations, in_parallel, mode):
    pooler = pooled.pooler(mode)
    migrations(ONE)
    with Traffic(pooler, pooled.name):
        runs = [pooled.start("--", "echo", "started") for _ in range(REPLICAS)]
        done = in_parallel([lambda run=run: run.finish(60) for run in runs])
        assert [(run.code, run.out) for run in done] == [(78, "")] * REPLICAS, [run.err for run in done]
        said = "the connection pooler is in statement mode" if mode == "statement" else "there is a connection pooler in front of"
        assert all(said in run.err for run in done), done[0].err
        assert pooled.advisory_locks() == 0 and pooled.history() == []
    # The twin: with nothing pending all start. Statement mode has no transaction to look in; a wait needs none.
    assert pooled.run("migrate", url=pooled.cluster.url_of("owner", pooled.name)).code == 0
    runs = [pooled.start("--", "echo", "started") for _ in range(REPLICAS)]
    answer = 78 if mode == "statement" else 0
    assert [run.finish(60).code for run in runs] == [answer] * REPLICAS
    assert pooled.run("status").code == answer and pooled.run("wait").code == 0


@pytest.mark.parametrize("mode", [PGPOOL])
def test_a_pooler_of_sessions_that_does_not_show_itself_keeps_the_lock_with_its_session(pooled, migrations, in_parallel, mode):
    """pgpool-II hands out the server's key, and a second connection meets another server process: it cannot be recognised. It
    need not be, because a client keeps its server connection, which is reset when it leaves or is killed."""
    pooler = pooled.pooler(mode)
    migrations(counted())
    with Traffic(pooler, pooled.name):
        runs = [pooled.start("--", "echo", "started") for _ in range(REPLICAS)]
        runs[0].wait_for("advisory lock", 20)
        os.kill(runs[0].process.pid, signal.SIGKILL)
        done = in_parallel([lambda run=run: run.finish(60) for run in runs])[1:]
        assert [(run.code, run.out) for run in done] == [(0, "started\n")] * (REPLICAS - 1), [run.err for run in done if run.code]
        until(lambda: pooled.advisory_locks() == 0, 2, "no advisory lock")
        assert_once_each(pooled)


def test_a_pooler_that_does_not_show_itself_is_caught_when_a_second_connection_meets_the_first_ones_process(pooled):
    pooler = pooled.pooler(size=1)
    with pooler.connect(pooled.name) as connection:
        pid = connection.execute("select pg_backend_pid()").fetchone()[0]
    with Disguise(pooler, pid) as disguise:
        url = pooler.url(pooled.name, port=disguise.port)
        run = pooled.run("migrate", url=url, migrations=ONE)
        assert run.code == 78 and "there is a connection pooler in front of the database" in run.err
        assert disguise.accepted == 2 and pooled.history() == []
        # What is only read needs no proof.
        assert pooled.run("check", url=url).code == 3 and disguise.accepted == 3
    # The twin: the server itself.
    assert pooled.run("migrate", url=pooled.cluster.url_of("owner", pooled.name)).code == 0


@pytest.mark.parametrize("between, tells, sessions", [(False, True, 1), (True, True, 2), (False, False, 2)],
                         ids=["the server itself", "through a proxy", "a server that does not tell"])
def test_a_second_connection_is_made_only_where_something_may_be_in_between(start, database, proxy, admin, between, tells, sessions):
    def counted_sessions():
        others = "select count(*) from pg_stat_activity where datname = %s"
        until(lambda: admin.execute(others, [database.name]).fetchone() == (0,), what="the end of all sessions")
        return admin.execute("select sessions from pg_stat_database where datname = %s", [database.name]).fetchone()[0]

    function = "function pg_catalog.inet_client_addr()"
    if not tells:
        database.execute(f"revoke execute on {function} from public")
    try:
        before = counted_sessions()
        assert start("migrate", migrations=ONE, via=proxy if between else None).finish().code == 0
        assert counted_sessions() - before == sessions
    finally:
        database.execute(f"grant execute on {function} to public")


@pytest.mark.parametrize("files, said", [
    ({"0002_two.sql": "-- pg-entrypoint: no-transaction\ncreate table two (id integer);"},
     "migration 2_two cannot be run through a connection pooler: it has no transaction"),
    ({"0002_two.sql": "-- pg-entrypoint: isolation=serializable\ncreate table two (id integer);"},
     "migration 2_two cannot be run through a connection pooler: it has an isolation level of its own"),
    ({"0002_two.sql": "create table two (id integer);\nset app.tenant = 7;"},
     "migration 2_two cannot be run through a connection pooler: this setting would stay"),
], ids=["no-transaction", "isolation", "own-setting"])
def test_what_needs_a_session_is_refused_by_name_before_anything_is_applied(pooled, files, said):
    pooled.pooler()
    run = pooled.run(*MIGRATE, migrations=ONE | files)
    assert run.code == 78 and said in run.err and "migrations/0002_two.sql" in run.err, run.err
    assert pooled.history() == [] and not pooled.value("select to_regclass('one') is not null")
    # The twin: the server itself.
    assert pooled.run("migrate", url=pooled.cluster.url_of("owner", pooled.name)).code == 0


def test_a_migrator_is_refused_by_name(pooled):
    pooled.pooler()
    run = pooled.run("--allow-pooler", "--migrator", "sh -c 'echo ran'", "--", "echo", "started")
    assert (run.code, run.out) == (78, "") and "a migrator cannot be run through a connection pooler" in run.err
    assert "ran" not in run.err.replace("ran'", "")


# A language that is loaded brings settings of its own.
STATE = "select name, setting from pg_settings where name <> 'application_name' and name not like '%.%' order by name"


def test_a_file_sees_its_profile_and_leaves_nothing_on_the_server_connection(pooled, migrations):
    """One server connection, so the application and the migrations meet on it."""
    pooler = pooled.pooler(size=1)
    migrations({
        "0001_look.sql": "create table seen as select current_setting('search_path') as path, current_setting('work_mem') as "
                         "memory, current_setting('statement_timeout') as timeout, current_user::text as name,\n"
                         "  to_regclass('leftover') is null as clean;",
        "0002_leave.sql": "set search_path to pg_catalog; set work_mem = '9MB'; set statement_timeout = '1h';\n"
                          "set client_min_messages = error; select set_config('lock_timeout', '7s', false);\n"
                          "create temp table mine (id integer); prepare p as select 1; declare c cursor with hold for select 1;\n"
                          "listen channel; select pg_advisory_lock(4711); set role worker;",
        "0003_local.sql": "set local work_mem = '8MB'; set datestyle = german; create table public.three (id integer);"})
    with pooler.connect(pooled.name) as application:
        pid = application.execute("select pg_backend_pid()").fetchone()[0]
        application.execute("set work_mem = '5MB'")
        application.execute("set search_path to nowhere, public")
        application.execute("set default_transaction_read_only = on")
        application.execute("set role worker")
        application.execute("set statement_timeout = '1min'")
        application.execute("reset role")
        before = application.execute(STATE).fetchall()
        assert {("work_mem", "5120"), ("search_path", "nowhere, public"), ("lock_timeout", "0")} < set(before)
        run = pooled.run(*MIGRATE, "--role", "owner")
        assert run.code == 0, run.err
        assert application.execute("select pg_backend_pid()").fetchone()[0] == pid
        assert application.execute(STATE).fetchall() == before
        left = application.execute(
            "select (select count(*) from pg_prepared_statements where from_sql), (select count(*) from pg_cursors where is_holdable), "
            "(select count(*) from pg_listening_channels()), to_regclass('pg_temp.mine'), current_user::text, "
            "(select count(*) from pg_locks where locktype = 'advisory')").fetchone()
        assert left == (0, 0, 0, None, "owner", 0)
    assert pooled.rows("select * from seen") == [('"$user", public', "4MB", "0", "owner", True)]
    assert [version for version, _ in pooled.history()] == ["1", "2", "3"]


@pytest.mark.parametrize("command", [["wait"], ["check"], ["status"], ["--migrate=check", "--", "echo", "started"]], ids=" ".join)
def test_a_look_with_a_role_leaves_the_server_connection_as_it_was(pooled, command):
    pooler = pooled.pooler(size=1)
    assert pooled.run(*MIGRATE, migrations=ONE).code == 0
    pooled.rows(f"grant usage on schema pgentrypoint to worker; grant select on {HISTORY} to worker")
    for flag in ([], ["--allow-pooler"]):
        run = pooled.run(*flag, "--role", "worker", *command)
        assert run.code == 0, run.err
        with pooler.connect(pooled.name) as application:
            assert application.execute("select current_user::text").fetchone()[0] == "owner"


def test_a_role_owns_what_is_made_through_a_pooler_too(pooled):
    pooled.pooler()
    pooled.rows("grant create on schema public to worker; grant create on database pooled to worker")
    run = pooled.run(*MIGRATE, "--role", "worker", migrations=ONE | {"0002_two.sql": "reset role; create table two (id integer);"})
    assert run.code == 0, run.err
    owners = dict(pooled.rows("select tablename, tableowner from pg_tables where schemaname in ('public', 'pgentrypoint')"))
    assert owners == {"one": "worker", "two": "owner", "history": "worker"}
    run = pooled.run(*MIGRATE, "--role", "nosuch")
    assert run.code == 77 and "--role nosuch" in run.err


def test_the_other_commands_take_their_turns_through_a_pooler(pooled, migrations):
    pooled.pooler()
    files = {f"000{n}_{n}.sql": f"create table t{n} (id integer);\n-- migrate:down\ndrop table t{n};" for n in range(1, 5)}
    assert pooled.run(*MIGRATE, migrations=files).code == 0
    run = pooled.run("down", "2", "--allow-pooler")
    assert run.code == 0 and "reverted count=2" in run.err and run.err.count("migration reverted") == 2, run.err
    assert [version for version, _ in pooled.history()] == ["1", "2"]
    run = pooled.run("accept", "2", "--allow-pooler", migrations=files | {"0002_2.sql": "create table t2 (id bigint);"})
    assert run.code == 0 and "checksum accepted" in run.err, run.err
    assert pooled.run(*MIGRATE).code == 0
    pooled.rows(f"drop table {HISTORY}")
    run = pooled.run("baseline", "4", "--allow-pooler")
    assert run.code == 0 and "baseline recorded" in run.err, run.err
    assert pooled.run("check", "--allow-pooler").code == 0
    assert pooled.advisory_locks() == 0


def test_a_turn_stays_whole_when_a_dead_session_is_looked_for(pooled):
    """A note of a session that is gone: looking for it must not end the turn's transaction, and the lock with it."""
    pooled.pooler()
    direct = pooled.cluster.url_of("owner", pooled.name)
    files = {"0001_a.sql": "-- pg-entrypoint: no-transaction\ncreate table a (id integer);",
             "0002_b.sql": "create table b (id integer);\n-- migrate:down\ndrop table b;"}
    assert pooled.run("migrate", url=direct, migrations=files).code == 0
    pooled.rows(f"update {HISTORY} set state = 'running', step = 0, note = 'begun', session_pid = 4000000, session_started = now() "
                "where version = '1'")
    run = pooled.run("down", "--allow-pooler")
    assert run.code == 0 and "reverted count=1" in run.err, run.err
    assert pooled.rows("select to_regclass('b')") == [(None,)] and pooled.history() == [("1", "running")]
    assert pooled.advisory_locks() == 0


def test_a_down_part_without_transaction_is_refused_by_name(pooled):
    pooled.pooler()
    files = {"0001_a.sql": "-- pg-entrypoint: no-transaction\ncreate table a (id integer);\n-- migrate:down\ndrop table a;"}
    assert pooled.run("migrate", url=pooled.cluster.url_of("owner", pooled.name), migrations=files).code == 0
    run = pooled.run("down", "--allow-pooler")
    assert run.code == 78 and "migration 1_a cannot be run through a connection pooler" in run.err, run.err
    assert pooled.history() == [("1", "applied")]


def test_a_file_that_fails_leaves_the_ones_before_it_and_no_transaction_open(pooled):
    pooled.pooler()
    run = pooled.run(*MIGRATE, migrations=ONE | {"0002_two.sql": "create table two (id integer);\nselect 1/0;"})
    assert run.code == 76 and "migrations/0002_two.sql:2" in run.err, run.err
    assert pooled.history() == [("1", "applied")]
    assert pooled.value("select count(*) from pg_stat_activity where datname = 'pooled' and state like 'idle in%'") == 0


def test_a_lock_of_the_application_is_given_way_to_and_its_holder_is_named(pooled):
    pooled.pooler()
    pooled.rows("create table busy (id integer); alter table busy owner to owner")
    with psycopg.connect(pooled.cluster.url_of("owner", pooled.name)) as busy:
        busy.execute("select * from busy")
        run = pooled.start(*MIGRATE, "--allow-existing", "--lock-timeout", "300ms",
                           migrations=ONE | {"0002_two.sql": "alter table busy add column more integer;"})
        run.wait_for("a migration is waiting for a lock").wait_for("migration gave way to a lock, retrying name=2_two")
        assert f"holder_pid={busy.info.backend_pid}" in run.err
        busy.rollback()
    assert run.finish().code == 0
    assert [version for version, _ in pooled.history()] == ["1", "2"]


def test_replicas_with_a_session_and_through_a_pooler_keep_each_other_out(pooled):
    pooled.pooler()
    with psycopg.connect(pooled.cluster.url_of("owner", pooled.name), autocommit=True) as holder:
        holder.execute(f"select pg_advisory_lock({lock_key()})")
        run = pooled.run(*MIGRATE, "--advisory-lock-timeout", "1s", migrations=ONE)
        assert run.code == 75 and f"held by: holder_pid {holder.info.backend_pid}" in run.err, run.err
        assert pooled.history() == []
        waiting = pooled.start(*MIGRATE).wait_for("waiting for the advisory lock")
    assert waiting.finish().code == 0
    assert pooled.history() == [("1", "applied")]


def test_a_waiter_leaves_its_place_in_the_pool_to_the_application(pooled):
    """In session mode a client that waits has a server connection, and this pool has only one."""
    pooler = pooled.pooler("session", size=1)
    with psycopg.connect(pooled.cluster.url_of("owner", pooled.name), autocommit=True) as holder:
        holder.execute(f"select pg_advisory_lock({lock_key()})")
        waiting = pooled.start(*MIGRATE, "--advisory-lock-timeout", "20s", migrations=ONE).wait_for("waiting for the advisory lock")
        for _ in range(3):
            with pooler.connect(pooled.name) as application:
                assert application.execute("select 1").fetchone() == (1,)
        assert waiting.process.poll() is None, waiting.err
    assert waiting.finish().code == 0
    assert pooled.history() == [("1", "applied")]


def test_a_stop_while_a_file_runs_ends_it_on_the_server_as_well(pooled):
    pooled.pooler()
    run = pooled.start(*MIGRATE, migrations=ONE | {"0002_two.sql": "select pg_sleep(60);"})
    asleep = "select count(*) from pg_stat_activity where state = 'active' and query like 'select pg_sleep(60)%'"
    until(lambda: pooled.value(asleep), what="the statement")
    done = run.signal().finish(5)
    assert done.code == 143 and "nothing of it was applied" in done.err, done.err
    until(lambda: not pooled.value(asleep) and pooled.advisory_locks() == 0, 2, "the end of the statement")
    assert pooled.history() == [("1", "applied")]


def test_a_history_that_may_not_be_completed_is_no_obstacle(pooled):
    """The history's own transaction goes on after the ALTER TABLE that fails."""
    pooled.pooler()
    assert pooled.run(*MIGRATE, migrations=ONE).code == 0
    pooled.rows(f"alter table {HISTORY} drop column written_format; alter table {HISTORY} owner to postgres; "
                f"grant select, insert, update on {HISTORY} to owner")
    run = pooled.run(*MIGRATE, migrations=ONE | {"0002_two.sql": "create table two (id integer);"})
    assert run.code == 0 and "the history table keeps its columns of format 1 for now" in run.err, run.err
    assert [version for version, _ in pooled.history()] == ["1", "2"]


def test_what_a_file_has_set_is_in_force_for_its_deferred_triggers_and_gone_after_them(pooled):
    pooled.pooler(size=1)
    run = pooled.run(*MIGRATE, migrations={
        "0001_trigger.sql": "create schema app; create table app.seen (path text); create table app.t (id integer);\n"
                            "create function app.look() returns trigger language plpgsql as "
                            "$$ begin insert into seen values (current_setting('search_path')); return null; end $$;\n"
                            "create constraint trigger late after insert on app.t deferrable initially deferred "
                            "for each row execute function app.look();",
        "0002_fire.sql": "set search_path to app; insert into t values (1);"})
    assert run.code == 0, run.err
    assert pooled.rows("select path from app.seen") == [("app",)]
    with pooled.bouncer.connect(pooled.name) as application:
        assert application.execute("show search_path").fetchone()[0] == '"$user", public'


@pytest.mark.parametrize("when", ["before", "answered"])
def test_a_commit_whose_answer_is_lost_is_looked_up_under_the_lock(pooled, when):
    pooler = pooled.pooler()
    with FaultProxy(("127.0.0.1", pooler.port)) as proxy:
        proxy.at("COMMIT", Link.cut, when=when, nth=2)  # the first one is the history's
        run = pooled.run("--allow-pooler", "--", "echo", "started", url=pooler.url(pooled.name, port=proxy.port),
                         migrations=counted(3))
        assert proxy.hits == 1
    assert (run.code, run.out) == (0, "started\n") and "reconnecting to see what was done" in run.err, run.err
    assert_once_each(pooled, 3)
