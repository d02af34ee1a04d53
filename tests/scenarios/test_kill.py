"""Kills: the next start completes, and nothing is done twice."""

import os
import signal

import pytest

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
    run.wait_for("connecting again")
    gate.close()
    done = run.finish()
    assert (done.code, done.out) == (0, "started\n")
    assert database.applied() == ["1", "2", "3"]
    assert database.value("select count(*) from second") == 1


def test_a_cancelled_statement_is_76_and_says_who_may_have_cancelled_it(start, database, gate):
    run = start(*OPTIONS, "--", "echo", "started", migrations=FILES)
    database.execute("select pg_cancel_backend(%s)", sleeping(database))
    done = run.finish()
    assert done.code == 76 and "sqlstate=57014" in done.err and "administrator" in done.err
    assert "started" not in done.out
    assert database.applied() == ["1"]
