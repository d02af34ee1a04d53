"""Statements that run alone and give the advisory lock away: others wait for the session that works without it."""

import os
import re
import signal

import psycopg
import pytest

from conftest import HISTORY
from fault_proxy import Link
from runner import children_of, until

HEAD = "-- pg-entrypoint: no-transaction{}\ncreate table ran (step text);\n"
BODY = ("begin perform pg_advisory_unlock_all(); perform from public.gate; "
        "insert into public.ran values ('without the lock'); end")
GIVEAWAYS = {"do": f"do $$ {BODY} $$;",
             "call": f"create procedure give() language plpgsql as $$ {BODY} $$;\ncall give();"}
OPTIONS = ["--allow-existing", "--lock-timeout", "0"]
WAITS = "waiting for a session that works without the advisory lock"


@pytest.fixture
def gate(database):
    """Migrations that read the table `gate` stop there until the session is ended."""
    database.execute("create table gate (id integer); grant select on gate to public")
    session = database.connect("boss", autocommit=False)
    session.execute("lock table gate in access exclusive mode")
    return session


def files(giveaway, directive=""):
    return {"0001_give.sql": f"{HEAD.format(directive)}{giveaway}\ninsert into public.ran values ('after');"}


def worker_at_gate(database):
    waiting = ("select l.pid from pg_locks l join pg_class c on c.oid = l.relation where c.relname = 'gate' "
               "and not l.granted and l.database = (select oid from pg_database where datname = current_database())")
    return until(lambda: database.rows(waiting), what="the statement at the gate")[0][0]


def steps(database):
    return [step for (step,) in database.rows("select step from ran order by ctid")]


@pytest.mark.parametrize("kind, role", [("do", ()), ("call", ()), ("do", ("--role", "other"))],
                         ids=["do", "call", "do-role"])
def test_others_leave_a_step_to_the_session_that_works_on_it(start, database, gate, kind, role):
    if role:
        database.execute(f"grant create on schema public to other; grant create on database {database.name} to other")
    first = start("migrate", *OPTIONS, *role, migrations=files(GIVEAWAYS[kind]))
    pid = worker_at_gate(database)
    named = (f"select a.pid from {HISTORY} h join pg_stat_activity a on a.pid = h.session_pid "
             "and a.backend_start = h.session_started where h.note = 'begun'")
    assert database.rows(named) == [(pid,)]
    second = start("migrate", *OPTIONS, *role).wait_for(WAITS)
    assert f"{WAITS} name=1_give holder_pid={pid}" in second.err
    until(database.lock_is_free, what="a lock that nobody keeps while he waits")
    gate.close()
    assert second.finish().code == 0
    done = first.finish()
    assert done.code == 76 and "the advisory lock was lost" in done.err
    assert steps(database) == ["without the lock", "after"]
    assert database.applied() == ["1"]


def test_discard_all_is_recorded_by_the_session_that_ran_it(start, database, proxy):
    proxy.at("discard all", Link.hold, when="answered")
    first = start("migrate", via=proxy, migrations=files("discard all;"))
    proxy.wait_for_hit()
    until(database.lock_is_free, what="a lock that was given away")
    second = start("migrate", "--debug").wait_for(WAITS)
    assert database.history("state, step") == [("running", 1)]
    proxy.release()
    done = second.finish()
    assert done.code == 0 and not re.search("statement sql=.*discard", done.err)
    assert first.finish().code == 76
    assert steps(database) == ["after"]
    assert database.applied() == ["1"]


def test_a_lock_that_another_has_just_now_is_waited_for_before_the_step_is_recorded(start, database, gate):
    run = start("migrate", *OPTIONS, migrations=files(GIVEAWAYS["do"]))
    worker_at_gate(database)
    other = database.hold_lock()
    gate.close()
    run.wait_for(f"waiting for the advisory lock holder_pid={other.info.backend_pid}")
    assert steps(database) == ["without the lock"] and database.history("state, step") == [("running", 1)]
    other.close()
    assert run.finish().code == 76  # the lock was lost, which is said when the step is recorded
    assert steps(database) == ["without the lock", "after"]
    assert database.applied() == ["1"]


@pytest.mark.parametrize("directive, code", [("", 76), (" on-doubt=stop", 74)])
def test_a_session_that_died_leaves_its_step_in_doubt(start, database, gate, directive, code):
    first = start("migrate", *OPTIONS, migrations=files(GIVEAWAYS["do"], directive))
    worker = worker_at_gate(database)
    second = start("migrate", *OPTIONS).wait_for(WAITS)
    os.kill(children_of(first.pid)[0], signal.SIGKILL)
    assert first.finish().code == 70
    until(lambda: not database.rows("select 1 from pg_stat_activity where pid = %s", worker), what="the worker's end")
    if code == 76:
        worker_at_gate(database)  # the second one runs it again, and gives the lock away itself
    gate.close()
    assert second.finish().code == code
    assert steps(database) == (["without the lock", "after"] if code == 76 else [])


# Which sessions count as living. `owner` cannot see when a session of `boss` was started.


@pytest.fixture
def noted(entrypoint, database):
    """The second step of an unfinished file is noted by the session that the test names."""
    text = HEAD.format("") + "do $$ begin insert into ran values ('do'); end $$;"
    assert entrypoint("migrate", migrations={"0001_noted.sql": text}).code == 0
    database.execute("delete from ran")

    def by(pid, started):
        database.execute(f"update {HISTORY} set state = 'running', step = 1, note = 'begun', session_pid = %s, "
                         "session_started = %s::timestamptz", pid, started)

    return by


def started_at(database, session):
    return database.value("select backend_start::text from pg_stat_activity where pid = %s", session.info.backend_pid)


@pytest.mark.parametrize("user, shift", [("owner", "0"), ("boss", "1 second")], ids=["seen", "not seen"])
def test_one_that_lives_is_waited_for(entrypoint, database, noted, user, shift):
    session = database.connect(user)
    noted(session.info.backend_pid, database.value("select %s::timestamptz + %s::interval", started_at(database, session), shift))
    run = entrypoint("migrate", "--advisory-lock-timeout", "1s")
    assert run.code == 75 and "a step of 1_noted was not finished within 1 s" in run.err
    assert f"holder_pid {session.info.backend_pid}" in run.err
    assert steps(database) == [] and database.lock_is_free()
    session.close()
    assert entrypoint("migrate").code == 0
    assert steps(database) == ["do"]


@pytest.mark.parametrize("user, name, started", [
    ("owner", None, "2100-01-01"),  # another session with its pid
    ("boss", None, "2000-01-01"),  # from before the server's start
    ("boss", "postgres", "2100-01-01"),  # of another database
    (None, None, "2100-01-01")], ids=["another start", "before the server", "another database", "no such pid"])
def test_one_that_cannot_be_the_worker_is_not_waited_for(entrypoint, database, noted, user, name, started):
    session = psycopg.connect(database.url_of(user or "owner", name=name), autocommit=True)
    database.connections.append(session)
    pid = session.info.backend_pid
    if user is None:
        session.close()
        until(lambda: not database.rows("select 1 from pg_stat_activity where pid = %s", pid), what="its end")
    noted(pid, started)
    run = entrypoint("migrate", "--advisory-lock-timeout", "1s")
    assert run.code == 0 and WAITS not in run.err
    assert steps(database) == ["do"]


# What follows the statement


def test_a_record_that_fails_leaves_the_step_in_doubt(entrypoint, database):
    """The statement has run, so that the server refuses its record must not count as the statement's refusal."""
    first = {"0001_table.sql": "create table ran (step text);"}
    assert entrypoint("migrate", migrations=first).code == 0
    database.execute(f"""create function refuse() returns trigger language plpgsql as $$ begin raise 'no room'; end $$;
        create trigger refuse before update on {HISTORY} for each row when (new.step > old.step) execute function refuse()""")
    files = first | {"0002_alone.sql": "-- pg-entrypoint: no-transaction on-doubt=stop\nvacuum ran;"}
    run = entrypoint("migrate", migrations=files)
    assert run.code != 0 and "no room" in run.err
    assert database.history("state, step, note")[1] == ("running", 0, "begun")
    database.execute(f"drop trigger refuse on {HISTORY}")
    assert entrypoint("migrate").code == 74


def test_the_lock_timeout_is_in_force_again_after_a_repaired_step(entrypoint, database):
    text = ("-- pg-entrypoint: no-transaction\ncreate table busy (id integer);\n"
            "create index concurrently busy_idx on busy (id);\n"
            "create table seen as select current_setting('lock_timeout') as it;")
    assert entrypoint("migrate", "--lock-timeout", "7s", migrations={"0001_busy.sql": text}).code == 0
    # As if it had been killed between the index and its record.
    database.execute(f"drop table seen; update {HISTORY} set state = 'running', step = 1, note = 'indexes'")
    assert entrypoint("migrate", "--lock-timeout", "7s").code == 0
    # The first try's: it has less than --lock-timeout.
    assert database.value("select it from seen") == "500ms"
