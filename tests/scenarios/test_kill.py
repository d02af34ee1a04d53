"""Kills: the next start completes, and nothing is done twice."""

import os
import signal
import subprocess
import time

import psycopg
import pytest

from conftest import lock_key
from runner import children_of, until

NO_TRANSACTION = "-- pg-entrypoint: no-transaction\n"


def sleeping(database):
    return until(lambda: database.rows("select pid from pg_stat_activity where application_name like 'pg-entrypoint/%%' "
                                       "and state = 'active' and query like '%%gate%%' and datname = current_database()"),
                 what="the statement at the gate")[0][0]


@pytest.fixture
def gate(database):
    """Migrations that read the table `gate` stop there until the session is ended."""
    database.execute("create table gate (id integer); alter table gate owner to owner")
    session = database.connect(autocommit=False)
    session.execute("lock table gate in access exclusive mode")
    return session


FILES = {"0001_first.sql": "create table first (id integer);",
         "0002_second.sql": "create table second (id integer);\ninsert into second select 1;\nselect * from gate;",
         "0003_third.sql": "create table third (id integer);"}
OPTIONS = ["--allow-existing", "--lock-timeout", "0"]


def test_a_killed_preparation_is_70_and_leaves_nothing_of_its_transaction(start, entrypoint, database, gate):
    run = start(*OPTIONS, "--", "echo", "started", migrations=FILES)
    sleeping(database)
    os.kill(children_of(run.pid)[0], signal.SIGKILL)
    done = run.finish()
    assert done.code == 70 and "killed by signal 9" in done.err
    assert "started" not in done.out
    until(database.lock_is_free, 2, "a free lock")
    assert database.applied() == ["1"] and not database.exists("second")
    gate.close()
    assert entrypoint(*OPTIONS, "--", "echo", "started").out == "started\n"
    assert database.applied() == ["1", "2", "3"]


def test_killing_process_1_ends_the_migration(start, entrypoint, database, gate):
    run = start(*OPTIONS, "--", "echo", "started", migrations=FILES, init=True)
    sleeping(database)
    run.signal(signal.SIGKILL)
    run.finish()
    until(database.lock_is_free, 2, "a free lock")
    until(lambda: database.backends() == 0, 2, "the end of the backend")
    assert database.applied() == ["1"] and not database.exists("second")
    gate.close()
    assert entrypoint("migrate", *OPTIONS).code == 0
    assert database.applied() == ["1", "2", "3"]


def test_a_migration_without_transaction_resumes_at_the_right_step(start, entrypoint, database, gate):
    text = (NO_TRANSACTION + "create table steps (id integer);\ninsert into steps values (1);\n"
            "set work_mem = '5MB';\ninsert into steps select 2 from (select count(*) from gate) g;\n"
            "insert into steps values (3);\ncreate table memory as select current_setting('work_mem') as it;")
    run = start("migrate", *OPTIONS, migrations={"0001_steps.sql": text})
    sleeping(database)
    os.kill(children_of(run.pid)[0], signal.SIGKILL)
    assert run.finish().code == 70
    until(database.lock_is_free, 2, "a free lock")
    assert database.history("state, step, steps") == [("running", 3, 6)]
    gate.close()
    done = entrypoint("migrate", *OPTIONS)
    assert done.code == 0 and "resuming an interrupted migration" in done.err
    assert database.value("select array_agg(id) from steps") == [1, 2, 3]
    # A setting made before the interruption holds after it.
    assert database.value("select it from memory") == "5MB"
    assert database.history("state, step, steps") == [("applied", 6, 6)]


def test_a_file_that_changed_while_interrupted_is_refused(start, entrypoint, database, gate):
    text = NO_TRANSACTION + "create table steps (id integer);\ninsert into steps select * from gate;\n"
    run = start("migrate", *OPTIONS, migrations={"0001_steps.sql": text})
    sleeping(database)
    os.kill(children_of(run.pid)[0], signal.SIGKILL)
    run.finish()
    gate.close()
    done = entrypoint("migrate", *OPTIONS, migrations={"0001_steps.sql": text + "select 1;\n"})
    assert done.code == 65 and "interrupted at step 1 of 2" in done.err
    assert database.history("state, step") == [("running", 1)]


@pytest.mark.parametrize("head", ["", NO_TRANSACTION], ids=["transaction", "no-transaction"])
def test_a_terminated_backend_is_reconnected_and_nothing_is_done_twice(start, database, gate, head):
    run = start(*OPTIONS, "--", "echo", "started",
                migrations=FILES | {"0002_second.sql": head + FILES["0002_second.sql"]})
    database.execute("select pg_terminate_backend(%s)", sleeping(database))
    run.wait_for("reconnecting to see")
    gate.close()
    done = run.finish()
    assert (done.code, done.out) == (0, "started\n")
    assert database.applied() == ["1", "2", "3"]
    assert database.value("select count(*) from second") == 1


def test_a_session_that_is_ended_each_time_names_who_ends_sessions(entrypoint, database):
    run = entrypoint("migrate", migrations={"0001_end.sql": "select pg_terminate_backend(pg_backend_pid());"})
    assert run.code == 69 and "sqlstate=57P01" in run.err
    error = run.err.splitlines()[-1]
    assert "with pg_terminate_backend" in error and "crashes" not in error
    assert not database.history()


def test_a_cancelled_statement_is_76_and_says_who_may_have_cancelled_it(start, database, gate):
    run = start(*OPTIONS, "--", "echo", "started", migrations=FILES)
    database.execute("select pg_cancel_backend(%s)", sleeping(database))
    done = run.finish()
    assert done.code == 76 and "sqlstate=57014" in done.err and "administrator" in done.err
    assert "started" not in done.out
    assert database.applied() == ["1"]


THREE_STEPS = NO_TRANSACTION + "create table steps (id integer);\n{}\ninsert into steps values (9);\n"


@pytest.mark.parametrize("statement, done, query", [
    # What shares a transaction with its record is undone with it; the rest is done, and judged by what is there.
    ("insert into steps select 1 from (select count(*) from gate) g;", False, "select count(*) from steps where id = 1"),
    ("create index concurrently gate_idx on gate (id);", True, "select count(*) from pg_index i join pg_class c "
     "on c.oid = i.indexrelid where indisvalid and relname ~ '^gate_idx'"),
    ("drop index concurrently gate_old;", False, "select count(*) from pg_class where relname ~ '^gate_old'"),
    ("reindex index concurrently gate_old;", True, "select count(*) from pg_class where relname ~ '^gate_old'"),
    ("reindex table concurrently gate;", True, "select count(*) from pg_class where relname ~ '^gate_old'"),
    ("vacuum gate;", False, "select 0")])
def test_a_kill_between_a_statement_and_its_record(start, entrypoint, database, gate, statement, done, query):
    gate.rollback()
    database.execute("create index gate_old on gate (id)")
    gate.execute("lock table gate in access exclusive mode")
    run = start("migrate", *OPTIONS, migrations={"0001_steps.sql": THREE_STEPS.format(statement)})
    sleeping(database)
    record = database.connect("boss", autocommit=False)
    record.execute("select from pgentrypoint.history for update")
    gate.rollback()
    until(lambda: database.running('history" set step'), what="the record")
    os.kill(children_of(run.pid)[0], signal.SIGKILL)
    assert run.finish().code == 70
    until(database.lock_is_free, 2, "a free lock")
    record.rollback()
    assert database.history("state, step") == [("running", 1)]
    assert database.value(query) == int(done)
    again = entrypoint("migrate", *OPTIONS)
    assert again.code == 0, again.err
    assert database.history("state, step") == [("applied", 3)]
    assert database.value(query) == int("select 0" not in query and "drop" not in statement)
    assert database.value("select count(*) from pg_index where not indisvalid") == 0
    assert database.value("select count(*) from steps where id = 9") == 1


class Fragile:
    """A database of the server that may be killed, with the table `gate` locked until then."""

    def __init__(self, cluster):
        self.cluster, self.url = cluster, cluster.url_of("owner", "fragile")
        self.administer("create database fragile owner owner")
        self.gate = psycopg.connect(self.url)
        self.gate.execute("create table gate (id integer)")
        self.gate.commit()
        self.gate.execute("lock table gate in access exclusive mode")

    def administer(self, statement):
        with psycopg.connect(self.cluster.url, autocommit=True) as connection:
            connection.execute(statement)

    def rows(self, query):
        with psycopg.connect(self.url, autocommit=True) as connection:
            return connection.execute(query).fetchall()

    def worker(self):
        return until(lambda: self.rows("select pid from pg_stat_activity where state = 'active' and query like '%gate%' "
                                       "and application_name like 'pg-entrypoint/%'"), what="the statement")[0][0]


@pytest.fixture
def fragile(fragile_cluster):
    made = Fragile(fragile_cluster)
    yield made
    made.gate.close()
    made.administer("drop database fragile with (force)")


@pytest.mark.parametrize("victim", ["backend", "postmaster"])
@pytest.mark.parametrize("text", [FILES["0002_second.sql"], NO_TRANSACTION + FILES["0002_second.sql"],
                                  NO_TRANSACTION + "create table second (id integer);\ninsert into second select 1;\n"
                                  "create index concurrently gate_idx on gate (id);"],
                         ids=["transaction", "no-transaction", "concurrently"])
def test_a_killed_server_is_waited_for_and_nothing_is_done_twice(start, fragile, text, victim):
    run = start(*OPTIONS, "--", "echo", "started", migrations=FILES | {"0002_second.sql": text},
                env={"DATABASE_URL": fragile.url})
    if victim == "backend":
        os.kill(fragile.worker(), signal.SIGKILL)  # then the postmaster ends all others and starts again
    else:
        fragile.worker()
        fragile.cluster.kill()
        fragile.cluster.start_again()
    done = run.finish(30)
    assert (done.code, done.out) == (0, "started\n"), done.err
    assert "reconnecting to see" in done.err
    assert fragile.rows("select version, state from pgentrypoint.history order by applied_order") == [
        ("1", "applied"), ("2", "applied"), ("3", "applied")]
    assert fragile.rows("select count(*) from second") == [(1,)]
    assert fragile.rows("select count(*) from pg_index where not indisvalid") == [(0,)]


def test_another_client_that_is_killed_keeps_its_lock(database):
    """The twin of the free lock: what the server does when it was not asked to watch the connection."""
    program = f"select pg_advisory_lock({lock_key()}); select pg_sleep(6)"
    client = subprocess.Popen(["psql", "-X", "-q", "-d", database.url, "-c", program], stdout=subprocess.DEVNULL)
    until(lambda: not database.lock_is_free(), what="its lock")
    client.kill()
    client.wait(5)
    time.sleep(2)
    assert not database.lock_is_free()
